"""gunicorn's threaded worker, with a loop that collects requests and sends answers.

In gunicorn's own worker a thread waits for its client: sixteen clients that send their bodies byte
by byte, or that open a connection and send nothing, block the service, and one that is slow to
close blocks the loop itself. Here a thread takes the bytes that have arrived and returns, unless
the request is complete; its answer goes into a buffer. Only the loop waits, for up to
`worker_connections` connections. When there are more, or when they use too much memory, the one
that has waited longest is closed.
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
    """What gunicorn.conf.py names as `worker_class`.

    All of a request must have come within `arrive_seconds` of its first sign, and a client may take
    `leave_seconds` to fetch its answer. After a connection's last answer, what the client still
    sends is thrown away for `linger_seconds`, lest a reset overtake the answer (RFC 9112, 9.6). All
    who wait hold `most_held` bytes at most.
    """

    request_timeout = 15.0
    response_timeout = 30.0
    linger_timeout = 2.0
    sweep_interval = 0.5
    max_buffered_bytes = 32 * 1024 * 1024

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """TLS would have to be unwrapped before anything is read here; a proxy in front does that
        better.
        """
        if cfg.is_ssl:
            raise RuntimeError(
                "TLS ends in front of this service, not in it: leave certfile and keyfile out"
            )
        super().check_config(cfg, log)

    def run(self) -> None:
        """Until the process is asked to end."""
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
        """Handle a kept-alive connection that begins another request, was closed, or must be
        closed.
        """
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def handle(self, conn: BufferedConnection) -> object:
        """In a thread. Most requests are there by now; with any other the thread does not stay."""
        read_state = ReadState.COMPLETE if conn.request_ready else self._read_request(conn)
        if read_state is not ReadState.COMPLETE:
            return read_state
        conn.request_ready = False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: BufferedConnection) -> bool:
        """In a thread. A body that cannot be read is found out before the app sees any of it."""
        req._expected_100_continue = False  # it has been answered already
        req.body = BytesIO(req.body.read(MAX_BODY_BYTES))
        kept_alive: bool = super().handle_request(req, conn)
        return kept_alive

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Says what was wrong with a request, and logs no word of it: what is malformed may hold a
        key all the same.
        """
        status = status_of(exc)
        if status == 500:
            self.log.exception("request.unexpected_error")
            exc = Exception("something went wrong here")
        else:
            self.log.warning("request.rejected %s: %s", (addr or "?")[0], type(exc).__name__)
        with suppress(OSError):  # the client did not wait for the answer
            client.sendall(problem_response(status, str(exc)))

    def finish_request(self, conn: BufferedConnection, fs: Future[object]) -> None:
        """A thread is done; what of an answer the client has not taken is sent on from here, and so
        is more read.
        """
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
        """Gives up those who keep the loop waiting too long, and, at the end, those who have not
        begun.
        """
        now = time.monotonic()
        if now < self._last_sweep_at + self.sweep_interval:
            return
        self._last_sweep_at = now
        for connection in self.pending:
            if connection.timeout <= now or not (self.alive or connection.buffered_bytes):
                self._time_out(connection)

    def _handle_accept_error(self, error: OSError) -> None:
        """It has gone already, another process was faster, or no more files may be opened."""
        if error.errno in (EMFILE, ENFILE):
            self._evict_oldest()
        elif not isinstance(error, BlockingIOError) and error.errno != ECONNABORTED:
            raise error

    def _evict_oldest(self) -> None:
        """Close the oldest idle or slow connection, if there is one."""
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
        """Read more bytes of an incomplete request."""
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
        """Close the connection after reading and dropping further bytes for a moment."""
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
