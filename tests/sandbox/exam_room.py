"""A service and the LMS that it tells in one small app: it launches, hears heartbeats and locks whoever is silent."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

EVERY_MS = 20
ALLOWED = 10  # heartbeats of others: a slow machine is slow for everybody


@dataclass
class Sitting:
    """`heard_of` is the newest launch heard from, `due` the heartbeat of the room by which the next must have come."""

    launches: int = 0
    heard_of: int = 0
    due: int | None = None
    holds: list[dict[str, str]] = field(default_factory=list)


@dataclass
class ExamRoom:
    """Its `fault` is one of those below, or none; `beats` are the bodies of all heartbeats and `headers` the newest."""

    fault: str = ""
    failing: int = 0
    beats: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _sittings: dict[str, Sitting] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.add_url_rule("/sessions", view_func=self._launch, methods=["POST"])
        app.add_url_rule("/sessions/<identifier>", view_func=self._show)
        app.add_url_rule("/sessions/<identifier>/heartbeats", view_func=self._beat, methods=["POST"])
        app.add_url_rule("/told", view_func=self._told)
        return app

    def _launch(self) -> ResponseReturnValue:
        if self.fault == REFUSES_LAUNCHES or request.headers["Authorization"] != "Bearer lms-key":
            return "no launches here", 422
        identifier = request.json["identifier"]
        with self._lock:
            sitting = self._sittings.setdefault(identifier, Sitting())
            sitting.launches += 1
            launch = {"heartbeats": f"{self.url}/sessions/{identifier}/heartbeats", "token": str(sitting.launches)}
            return jsonify(launch={**launch, "next_in_ms": EVERY_MS}), 200 if sitting.launches > 1 else 201

    def _beat(self, identifier: str) -> ResponseReturnValue:
        with self._lock:
            if self.failing:
                self.failing -= 1
                return "no tables", 503
            said = request.get_json(force=True)
            self.beats.append(said)
            self.headers = dict(request.headers)
            self._hear(self._sittings[identifier], int(said["token"]), said["stop"])
            self._lock_silent()
            return self._pulse(self._sittings[identifier], said["stop"])

    def _hear(self, sitting: Sitting, launch: int, stop: bool) -> None:
        if launch > sitting.heard_of or self.fault == OPENS_FOR_THE_OLD_PAGE:
            sitting.holds, sitting.heard_of = [], launch
        elif sitting.holds:
            return
        forgiven = stop and self.fault != FORGETS_GOODBYES
        sitting.due = None if forgiven else len(self.beats) + ALLOWED

    def _lock_silent(self) -> None:
        for identifier, sitting in self._sittings.items():
            silent = sitting.due is not None and sitting.due < len(self.beats)
            if (silent and self.fault != NEVER_LOCKS) or (self.fault == LOCKS_OTHERS and "classmate" in identifier):
                sitting.holds, sitting.due = [{"kind": "disconnected"}], None

    def _pulse(self, sitting: Sitting, stop: bool) -> Response:
        holds = [hold["kind"] for hold in sitting.holds]
        return jsonify(locked=bool(holds), holds=holds, next_in_ms=None if stop else EVERY_MS)

    def _show(self, identifier: str) -> ResponseReturnValue:
        with self._lock:
            return jsonify(_state(self._sittings[identifier].holds))

    def _told(self) -> ResponseReturnValue:
        with self._lock:
            sessions = {identifier: self._as_told(sitting) for identifier, sitting in self._sittings.items()}
            return jsonify(sessions=sessions, out_of_order=[])

    def _as_told(self, sitting: Sitting) -> dict[str, Any]:
        if self.fault == TELLS_NOTHING:
            return _state([])
        if self.fault == TELLS_ANOTHER_REASON and sitting.holds:
            return _state([{"kind": "manual"}])
        return _state(sitting.holds)


def _state(holds: list[dict[str, str]]) -> dict[str, Any]:
    return {"outcome": "pending", "locked": bool(holds), "holds": holds}


REFUSES_LAUNCHES = "refuses launches"
NEVER_LOCKS = "never locks"
OPENS_FOR_THE_OLD_PAGE = "opens for the old page"
LOCKS_OTHERS = "locks others"
FORGETS_GOODBYES = "forgets goodbyes"
TELLS_NOTHING = "tells nothing"
TELLS_ANOTHER_REASON = "tells another reason"
