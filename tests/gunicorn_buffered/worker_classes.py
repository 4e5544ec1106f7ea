"""Worker classes for tests, used by gunicorn as `--worker-class`."""

from socket import SO_SNDBUF, SOL_SOCKET

from gunicorn_buffered.worker import BufferedThreadWorker


class SmallSendBufferWorker(BufferedThreadWorker):
    """The kernel takes little of a response at once, as on a long way to the client."""

    def run(self) -> None:
        for recording_target in self.sockets:
            recording_target.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        super().run()


class ShortTimeoutWorker(SmallSendBufferWorker):
    """Timeouts and limits so small that tests reach them."""

    request_timeout = 1.0
    response_timeout = 1.0
    linger_timeout = 0.5
    sweep_interval = 0.1
    max_buffered_bytes = 2 * 1024 * 1024
