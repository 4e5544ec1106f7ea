"""gunicorn's threaded worker, with a loop that collects requests and sees answers off.

In gunicorn's own a thread waits for its client: sixteen that drip their bodies, or that open a connection and say
nothing, keep everybody out, and one that is slow to close stops the loop itself. Here a thread takes what has come and
leaves, unless that is a whole request; its answer goes into a buffer. All the waiting is done by the loop, which can
wait for as many as `worker_connections`. When there are more, or when they hold too much memory, who has waited longest
has to go.
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

from proctor_results.serving.answers import CONTINUE, problem, status_of
from proctor_results.serving.arriving import MOST_BODY, TooLarge
from proctor_results.serving.caller import Caller, Progress
from proctor_results.serving.waiting_room import Then, WaitingRoom


class Gate(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """What gunicorn.conf.py names as `worker_class`.

    All of a request must have come within `arrive_seconds` of its first sign, and a client may take `leave_seconds` to
    fetch its answer. After a connection's last answer, what the client still sends is thrown away for `linger_seconds`,
    lest a reset overtake the answer (RFC 9112, 9.6). All who wait hold `most_held` bytes at most.
    """

    arrive_seconds = 15.0
    leave_seconds = 30.0
    linger_seconds = 2.0
    look_every = 0.5
    most_held = 32 * 1024 * 1024

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """TLS would have to be unwrapped before anything is read here; a proxy in front does that better."""
        if cfg.is_ssl:
            raise RuntimeError("TLS ends in front of this service, not in it: leave certfile and keyfile out")
        super().check_config(cfg, log)

    def run(self) -> None:
        """Until the process is asked to end."""
        self.waiting, self._looked_at = WaitingRoom(self.poller), 0.0
        super().run()

    def accept(self, listener: socket) -> None:
        """Somebody connects."""
        try:
            accepted, client = listener.accept()
        except OSError as error:
            self._not_accepted(error)
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._receive(Caller(self.cfg, accepted, client, listener.getsockname()))

    def on_client_socket_readable(self, conn: Caller, client: socket) -> None:
        """Somebody whose connection was kept alive begins another request, or has gone, or has had to go."""
        if client.fileno() >= 0:
            super().on_client_socket_readable(conn, client)

    def handle(self, conn: Caller) -> object:
        """In a thread. Most requests are there by now; with any other the thread does not stay."""
        progress = Progress.WHOLE if conn.admitted else self._progress(conn)
        if progress is not Progress.WHOLE:
            return progress
        conn.admitted = False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Caller) -> bool:
        """In a thread. A body that cannot be read is found out before the app sees any of it."""
        req._expected_100_continue = False  # who waited for it has been told
        req.body = BytesIO(req.body.read(MOST_BODY))
        kept_alive: bool = super().handle_request(req, conn)
        return kept_alive

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Says what was wrong with a request, and logs no word of it: what is malformed may hold a key all the same."""
        status = status_of(exc)
        if status == 500:
            self.log.exception("Stumbled over a request")
            exc = Exception("something went wrong here")
        else:
            self.log.warning("Refused a request of %s: %s", (addr or "?")[0], type(exc).__name__)
        with suppress(OSError):  # it did not wait to hear it
            client.sendall(problem(status, str(exc)))

    def finish_request(self, conn: Caller, fs: Future[object]) -> None:
        """A thread is done; what of an answer the client has not taken is sent on from here, and so is more read."""
        result = None if fs.cancelled() or fs.exception() else fs.result()
        if conn.sock.unsent:
            self._wait(conn, EVENT_WRITE, partial(self._send_on, answered=fs), self.leave_seconds)
        elif result is Progress.MORE:
            self._await_more(conn)
        elif result is not True or not conn.is_spent:
            self._part(conn)
        else:
            super().finish_request(conn, fs)
            if conn.arrival.data:
                self.on_client_socket_readable(conn, conn.sock)

    def murder_pending(self) -> None:
        """Gives up those who keep the loop waiting too long, and, at the end, those who have not begun."""
        now = time.monotonic()
        if now < self._looked_at + self.look_every:
            return
        self._looked_at = now
        for caller in self.waiting:
            if caller.timeout <= now or not (self.alive or caller.held):
                self._give_up(caller)

    def _not_accepted(self, error: OSError) -> None:
        """It has gone already, another process was faster, or no more files may be opened."""
        if error.errno in (EMFILE, ENFILE):
            self._make_room()
        elif not isinstance(error, BlockingIOError) and error.errno != ECONNABORTED:
            raise error

    def _make_room(self) -> None:
        """Lets go of who has been idle or has waited longest; where all are being served there is nobody."""
        idle = self.keepalived_conns[0] if self.keepalived_conns else None
        slow = self.waiting.longest
        if slow and (idle is None or slow.since <= idle.since):
            self._give_up(slow)
        elif idle:
            self.poller.unregister(self.keepalived_conns.popleft().sock)
            self._forget(idle)

    def _progress(self, caller: Caller) -> Progress:
        try:
            return caller.receive()
        except TooLarge as refusal:
            self._tell(caller, problem(refusal.status, "larger than any request needs to be"))
            return Progress.OVER

    def _receive(self, caller: Caller) -> None:
        """More has come of somebody who is waited for."""
        progress = self._progress(caller)
        if progress is Progress.MORE:
            self._await_more(caller)
        elif progress is Progress.OVER:
            self._part(caller)
        else:
            self.waiting.let_out(caller)
            self.enqueue_req(caller)

    def _await_more(self, caller: Caller) -> None:
        if caller.arrival.expects:
            caller.arrival.expects = False
            self._tell(caller, CONTINUE)
        self._wait(caller, EVENT_READ, self._receive, self.arrive_seconds)

    def _send_on(self, caller: Caller, answered: Future[object]) -> None:
        try:
            caller.sock.send_on()
        except OSError:
            self._forget(caller)
            return
        if not caller.sock.unsent:
            self.waiting.let_out(caller)
        self.finish_request(caller, answered)

    def _part(self, caller: Caller) -> None:
        """Says goodbye, and listens for a moment to what it did not want to hear."""
        self.waiting.let_out(caller)
        caller.arrival.data.clear()
        with suppress(OSError):  # it has gone, as will be noticed at once
            caller.sock.shutdown(SHUT_WR)
        self._throw_away(caller)

    def _throw_away(self, caller: Caller) -> None:
        if caller.read() == b"":
            self._forget(caller)
        else:
            self._wait(caller, EVENT_READ, self._throw_away, self.linger_seconds)

    def _wait(self, caller: Caller, event: int, then: Then, seconds: float) -> None:
        self.waiting.wait(caller, event, then, seconds)
        while self.waiting.held > self.most_held and self.waiting.longest:
            self._give_up(self.waiting.longest)

    def _give_up(self, caller: Caller) -> None:
        if caller.arrival.data and not caller.sock.unsent:
            self._tell(caller, problem(408, f"the request did not come whole within {self.arrive_seconds:g} s"))
        self._forget(caller)

    def _tell(self, caller: Caller, said: bytes) -> None:
        with suppress(OSError):  # it has gone, as will soon be noticed
            caller.sock.sendall(said)

    def _forget(self, caller: Caller) -> None:
        self.waiting.let_out(caller)
        self.nr_conns -= 1
        caller.close()
