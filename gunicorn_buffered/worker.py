"""gunicorn's threaded worker with a loop that buffers requests and responses.

In gunicorn's own worker a thread waits for its client: sixteen clients that send their bodies
slowly, or connect and send nothing, block all others, and one that closes slowly stops the loop.
Here a thread takes only complete requests, and its response goes into a buffer. The loop does the
waiting, for up to `worker_connections` clients. With more, or when the buffers are too large, it
closes the connection that has waited longest.
"""

import time
from concurrent.futures import Future
from contextlib import suppress
from errno import ECONNABORTED, EMFILE, ENFILE
from functools import partial
from io import BytesIO
from selectors import EVENT_READ, EVENT_WRITE
from socket import SHUT_WR, socket
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from gunicorn_buffered.connection import BufferedConnection, ReadState
from gunicorn_buffered.errors import CONTINUE_RESPONSE, problem_response, status_of
from gunicorn_buffered.framing import MAX_BODY_BYTES, RequestTooLarge
from gunicorn_buffered.pending import Callback, PendingConnections


class BufferedThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """The class that gunicorn.conf.py names as `worker_class`.

    A request must be complete within `request_timeout` of its first byte, and a client has
    `response_timeout` to fetch its response. After the last response of a connection, bytes that
    the client still sends are discarded for `linger_timeout`, so that a reset does not overtake the
    response (RFC 9112, 9.6). All buffers together hold at most `max_buffered_bytes`.
    """

    request_timeout = 15.0
    response_timeout = 30.0
    linger_timeout = 2.0
    sweep_interval = 0.5
    max_buffered_bytes = 32 * 1024 * 1024

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse TLS: it would have to be decrypted before anything is read.

        A proxy does that better.
        """
        if cfg.is_ssl:
            raise RuntimeError(
                "TLS ends in front of this service, not in it: leave certfile and keyfile out"
            )
        super().check_config(cfg, log)

    def run(self) -> None:
        """Serve until the process is asked to end."""
        self.pending, self._last_sweep_at = PendingConnections(self.poller), 0.0
        super().run()

    def accept(self, listener: socket) -> None:
        """Accept a new connection."""
        try:
            client_socket, client = listener.accept()
        except OSError as error:
            self._handle_accept_error(error)
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._evict_oldest()
        self._receive(BufferedConnection(self.cfg, client_socket, client, listener.getsockname()))

    def on_client_socket_readable(self, conn: BufferedConnection, client: socket) -> None:
        """Read from a connection that was kept alive, unless it has been closed meanwhile."""
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def handle(self, conn: BufferedConnection) -> object:
        """Handle the request in a thread, if it is complete. The thread does not wait for more."""
        read_state = ReadState.COMPLETE if conn.request_ready else self._read_request(conn)
        if read_state is not ReadState.COMPLETE:
            return read_state
        conn.request_ready = False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: BufferedConnection) -> bool:
        """Read the body before the app sees any of it, so that a bad one is refused here."""
        req._expected_100_continue = False  # it has been answered already
        req.body = BytesIO(req.body.read(MAX_BODY_BYTES))
        kept_alive: bool = super().handle_request(req, conn)
        return kept_alive

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Send what was wrong with a request. The log gets no part of it: it may hold a key."""
        status = status_of(exc)
        if status == 500:
            self.log.exception("request.unexpected_error")
            exc = Exception("something went wrong here")
        else:
            self.log.warning("request.rejected %s: %s", (addr or "?")[0], type(exc).__name__)
        with suppress(OSError):  # the client did not wait for the answer
            client.sendall(problem_response(status, str(exc)))

    def finish_request(self, conn: BufferedConnection, fs: Future[object]) -> None:
        """Go on after a thread: send what the client has not taken, or read more."""
        result = None if fs.cancelled() or fs.exception() else fs.result()
        if conn.sock.unsent:
            self._wait_for(
                conn, EVENT_WRITE, partial(self._flush, future=fs), self.response_timeout
            )
        elif result is ReadState.INCOMPLETE:
            self._wait_for_more(conn)
        elif result is not True or not conn.parser_exhausted:
            self._linger(conn)
        else:
            super().finish_request(conn, fs)
            if conn.request_buffer.data:
                self.on_client_socket_readable(conn, conn.sock)

    def murder_pending(self) -> None:
        """Close connections that take too long and, at shutdown, those that have sent nothing."""
        now = time.monotonic()
        if now < self._last_sweep_at + self.sweep_interval:
            return
        self._last_sweep_at = now
        for connection in self.pending:
            if connection.timeout <= now or not (self.alive or connection.buffered_bytes):
                self._time_out(connection)

    def _handle_accept_error(self, error: OSError) -> None:
        """Ignore a connection that is gone; close one where no more files may be opened."""
        if error.errno in (EMFILE, ENFILE):
            self._evict_oldest()
        elif not isinstance(error, BlockingIOError) and error.errno != ECONNABORTED:
            raise error

    def _evict_oldest(self) -> None:
        """Close the oldest idle or waiting connection, if there is one."""
        idle = self.keepalived_conns[0] if self.keepalived_conns else None
        oldest = self.pending.oldest
        if oldest and (idle is None or oldest.waiting_since <= idle.waiting_since):
            self._time_out(oldest)
        elif idle:
            self.poller.unregister(self.keepalived_conns.popleft().sock)
            self._close(idle)

    def _read_request(self, connection: BufferedConnection) -> ReadState:
        try:
            return connection.receive()
        except RequestTooLarge as error:
            self._send_best_effort(
                connection, problem_response(error.status, "larger than any request needs to be")
            )
            return ReadState.CLOSED

    def _receive(self, connection: BufferedConnection) -> None:
        """Read more of a waiting connection."""
        read_state = self._read_request(connection)
        if read_state is ReadState.INCOMPLETE:
            self._wait_for_more(connection)
        elif read_state is ReadState.CLOSED:
            self._linger(connection)
        else:
            self.pending.remove(connection)
            self.enqueue_req(connection)

    def _wait_for_more(self, connection: BufferedConnection) -> None:
        if connection.request_buffer.expects_continue:
            connection.request_buffer.expects_continue = False
            self._send_best_effort(connection, CONTINUE_RESPONSE)
        self._wait_for(connection, EVENT_READ, self._receive, self.request_timeout)

    def _flush(self, connection: BufferedConnection, future: Future[object]) -> None:
        try:
            connection.sock.flush()
        except OSError:
            self._close(connection)
            return
        if not connection.sock.unsent:
            self.pending.remove(connection)
        self.finish_request(connection, future)

    def _linger(self, connection: BufferedConnection) -> None:
        """Close our side, and discard what the client still sends for a moment."""
        self.pending.remove(connection)
        connection.request_buffer.data.clear()
        with suppress(OSError):  # it has gone, as will be noticed at once
            connection.sock.shutdown(SHUT_WR)
        self._drain(connection)

    def _drain(self, connection: BufferedConnection) -> None:
        if connection.read() == b"":
            self._close(connection)
        else:
            self._wait_for(connection, EVENT_READ, self._drain, self.linger_timeout)

    def _wait_for(
        self, connection: BufferedConnection, event: int, callback: Callback, seconds: float
    ) -> None:
        self.pending.add(connection, event, callback, seconds)
        while self.pending.buffered_bytes > self.max_buffered_bytes and self.pending.oldest:
            self._time_out(self.pending.oldest)

    def _time_out(self, connection: BufferedConnection) -> None:
        if connection.request_buffer.data and not connection.sock.unsent:
            self._send_best_effort(
                connection,
                problem_response(
                    408, f"the request did not come whole within {self.request_timeout:g} s"
                ),
            )
        self._close(connection)

    def _send_best_effort(self, connection: BufferedConnection, data: bytes) -> None:
        with suppress(OSError):  # it has gone, as will soon be noticed
            connection.sock.sendall(data)

    def _close(self, connection: BufferedConnection) -> None:
        self.pending.remove(connection)
        self.nr_conns -= 1
        connection.close()
