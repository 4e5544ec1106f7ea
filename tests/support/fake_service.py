"""A service and its LMS in one small app: it launches, and locks silent sessions."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

HEARTBEAT_INTERVAL_MS = 20
ALLOWED_OTHER_HEARTBEATS = 10  # heartbeats of all sessions: a slow machine delays them alike


@dataclass
class FakeSession:
    """A session; it is locked after `deadline_count` heartbeats of all sessions."""

    launches: int = 0
    newest_running_launch: int = 0
    deadline_count: int | None = None
    holds: list[dict[str, str]] = field(default_factory=list)


@dataclass
class FakeService:
    """`fault` is one of those below, or empty; `heartbeats` are all received bodies."""

    fault: str = ""
    failures_left: int = 0
    heartbeats: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _sessions: dict[str, FakeSession] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.add_url_rule("/sessions", view_func=self._launch, methods=["POST"])
        app.add_url_rule("/sessions/<identifier>", view_func=self._show_session)
        app.add_url_rule(
            "/sessions/<identifier>/heartbeats", view_func=self._receive_heartbeat, methods=["POST"]
        )
        app.add_url_rule("/messages", view_func=self._show_messages)
        return app

    def _launch(self) -> ResponseReturnValue:
        if self.fault == REFUSES_LAUNCHES or request.headers["Authorization"] != "Bearer lms-key":
            return "no launches here", 422
        identifier = request.json["identifier"]
        with self._lock:
            session = self._sessions.setdefault(identifier, FakeSession())
            session.launches += 1
            launch = {
                "heartbeats": f"{self.url}/sessions/{identifier}/heartbeats",
                "token": str(session.launches),
            }
            return jsonify(
                launch={**launch, "next_in_ms": HEARTBEAT_INTERVAL_MS}
            ), 200 if session.launches > 1 else 201

    def _receive_heartbeat(self, identifier: str) -> ResponseReturnValue:
        with self._lock:
            if self.failures_left:
                self.failures_left -= 1
                return "no tables", 503
            payload = request.get_json(force=True)
            self.heartbeats.append(payload)
            self.headers = dict(request.headers)
            self._apply_heartbeat(
                self._sessions[identifier], int(payload["token"]), payload["stop"]
            )
            self._lock_disconnected()
            return self._heartbeat_response(self._sessions[identifier], payload["stop"])

    def _apply_heartbeat(self, session: FakeSession, launch: int, stop: bool) -> None:
        if launch > session.newest_running_launch or self.fault == UNLOCKS_FOR_OLD_LAUNCH:
            session.holds, session.newest_running_launch = [], launch
        elif session.holds:
            return
        is_stopped = stop and self.fault != IGNORES_STOPS
        session.deadline_count = (
            None if is_stopped else len(self.heartbeats) + ALLOWED_OTHER_HEARTBEATS
        )

    def _lock_disconnected(self) -> None:
        for identifier, session in self._sessions.items():
            is_overdue = session.deadline_count is not None and session.deadline_count < len(
                self.heartbeats
            )
            if (is_overdue and self.fault != NEVER_LOCKS) or (
                self.fault == LOCKS_OTHERS and "classmate" in identifier
            ):
                session.holds, session.deadline_count = [{"kind": "disconnected"}], None

    def _heartbeat_response(self, session: FakeSession, stop: bool) -> Response:
        holds = [hold["kind"] for hold in session.holds]
        return jsonify(
            locked=bool(holds), holds=holds, next_in_ms=None if stop else HEARTBEAT_INTERVAL_MS
        )

    def _show_session(self, identifier: str) -> ResponseReturnValue:
        with self._lock:
            return jsonify(_session_json(self._sessions[identifier].holds))

    def _show_messages(self) -> ResponseReturnValue:
        with self._lock:
            sessions = {
                identifier: self._lms_state(session)
                for identifier, session in self._sessions.items()
            }
            return jsonify(sessions=sessions, out_of_order=[])

    def _lms_state(self, session: FakeSession) -> dict[str, Any]:
        if self.fault == SENDS_NOTHING_TO_LMS:
            return _session_json([])
        if self.fault == SENDS_WRONG_HOLD_TO_LMS and session.holds:
            return _session_json([{"kind": "manual"}])
        return _session_json(session.holds)


def _session_json(holds: list[dict[str, str]]) -> dict[str, Any]:
    return {"outcome": "pending", "locked": bool(holds), "holds": holds}


REFUSES_LAUNCHES = "refuses launches"
NEVER_LOCKS = "never locks"
UNLOCKS_FOR_OLD_LAUNCH = "unlocks for an old launch"
LOCKS_OTHERS = "locks others"
IGNORES_STOPS = "ignores stops"
SENDS_NOTHING_TO_LMS = "sends nothing to the LMS"
SENDS_WRONG_HOLD_TO_LMS = "sends a wrong hold to the LMS"
