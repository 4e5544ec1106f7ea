"""Gates for tests, used by gunicorn as `--worker-class`."""

from socket import SO_SNDBUF, SOL_SOCKET

from proctor_results.serving.gate import Gate


class Narrow(Gate):
    """Its kernel takes little of an answer at once, as on a long way to the client: loopback would take megabytes."""

    def run(self) -> None:
        for listener in self.sockets:
            listener.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        super().run()


class Impatient(Narrow):
    """With so little patience and room that tests see what becomes of who is slow."""

    arrive_seconds = 1.0
    leave_seconds = 1.0
    linger_seconds = 0.5
    look_every = 0.1
    most_held = 2 * 1024 * 1024
