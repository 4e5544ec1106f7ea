"""The exam days of the sandbox's proctoring server, as a table."""

from dataclasses import dataclass, replace

from sandbox.vendor.bodies import (
    ReportTemplate,
    to_captured_sample_json,
    to_json_with_quoted_numbers,
    to_older_server_json,
    to_reordered_json,
)


@dataclass(frozen=True)
class ScenarioTemplate:
    """The reports in order, and how the session ends under the built-in policy."""

    name: str
    description: str
    reports: tuple[ReportTemplate, ...]
    outcome: str
    locked: bool


_STARTED = ReportTemplate(status="started", started_minutes_ago=75)
_SKIPPED = ReportTemplate(status="skipped")
# Signed by a proctor and yet not rated, as captured.
_STOPPED = ReportTemplate(
    status="stopped",
    started_minutes_ago=75,
    stopped_minutes_ago=15,
    signed_minutes_ago=15,
    proctor="admin",
)
_ACCEPTED = replace(_STOPPED, status="accepted", signed_minutes_ago=10, proctor="proctor-1")
_REJECTED = replace(_ACCEPTED, status="rejected", comment="à vérifier, 00:41")
_OTHER_FACE_AVERAGES = {"c4": 27, "c2": 6}
_PAUSED = replace(_STARTED, status="paused")

SCENARIO_TEMPLATES = (
    ScenarioTemplate("started", "in progress", (_STARTED,), "pending", False),
    ScenarioTemplate("skipped", "not started before the deadline", (_SKIPPED,), "skipped", False),
    ScenarioTemplate("stopped", "finished, not rated yet", (_STARTED, _STOPPED), "pending", False),
    ScenarioTemplate(
        "accepted", "rated positively", (_STARTED, _STOPPED, _ACCEPTED), "accepted", False
    ),
    ScenarioTemplate(
        "rejected", "rated negatively", (_STARTED, _STOPPED, _REJECTED), "rejected", True
    ),
    ScenarioTemplate(
        "violation",
        "another face than the profile's: hold",
        (_STARTED, replace(_STOPPED, averages=_OTHER_FACE_AVERAGES)),
        "pending",
        True,
    ),
    ScenarioTemplate(
        "cleared",
        "several faces: hold; a proctor reviews and accepts",
        (_STARTED, replace(_STOPPED, averages={"c3": 30}), replace(_ACCEPTED, averages={"c3": 30})),
        "accepted",
        False,
    ),
    ScenarioTemplate(
        "low-score",
        "many small irregularities together: hold",
        (_STARTED, replace(_STOPPED, averages={"b2": 25, "c2": 20, "m2": 20})),
        "pending",
        True,
    ),
    ScenarioTemplate(
        "flagged",
        "face often out of sight: flag, no hold",
        (_STARTED, replace(_STOPPED, averages={"c2": 35})),
        "pending",
        False,
    ),
    ScenarioTemplate(
        "network-loss",
        "36 % without network, as in the sample: no hold",
        (_STARTED, replace(_STOPPED, averages={"n1": 36})),
        "pending",
        False,
    ),
    ScenarioTemplate(
        "network-gone",
        "72 % without network, score 28: still no hold",
        (_STARTED, replace(_STOPPED, averages={"n1": 72})),
        "pending",
        False,
    ),
    ScenarioTemplate(
        "revised-down",
        "accepted, later rejected",
        (_STARTED, _STOPPED, _ACCEPTED, replace(_REJECTED, signed_minutes_ago=5)),
        "rejected",
        True,
    ),
    ScenarioTemplate(
        "revised-up",
        "rejected, later accepted",
        (
            _STARTED,
            _STOPPED,
            _REJECTED,
            replace(_ACCEPTED, signed_minutes_ago=5, comment="Appeal upheld"),
        ),
        "accepted",
        False,
    ),
    ScenarioTemplate(
        "old-verdict",
        "a rejection that a later verdict replaced arrives last",
        (_STARTED, _STOPPED, replace(_ACCEPTED, signed_minutes_ago=5), _REJECTED),
        "accepted",
        False,
    ),
    ScenarioTemplate(
        "duplicates",
        "the same report three times, once in other bytes",
        (_STOPPED, _STOPPED, replace(_STOPPED, encode=to_reordered_json), _REJECTED, _REJECTED),
        "rejected",
        True,
    ),
    ScenarioTemplate(
        "late",
        "the verdict arrives first, the rest after it",
        (_REJECTED, _STOPPED, _STARTED),
        "rejected",
        True,
    ),
    ScenarioTemplate(
        "resumed",
        "stopped, continued 20 minutes later, stopped again",
        (
            _STARTED,
            replace(_STOPPED, stopped_minutes_ago=60, signed_minutes_ago=60),
            replace(_STARTED, started_minutes_ago=40),
            _STOPPED,
            _ACCEPTED,
        ),
        "accepted",
        False,
    ),
    ScenarioTemplate(
        "recorded-rated",
        "the guide's sample accepted, then rejected",
        (
            replace(_STOPPED, encode=to_captured_sample_json),
            _ACCEPTED,
            replace(_REJECTED, signed_minutes_ago=5),
            _STOPPED,
        ),
        "rejected",
        True,
    ),
    ScenarioTemplate(
        "id-field",
        "an older server sends id for identifier",
        (replace(_STOPPED, encode=to_older_server_json),),
        "pending",
        False,
    ),
    ScenarioTemplate(
        "text-numbers",
        "numbers as strings are read as numbers",
        (replace(_STOPPED, averages=_OTHER_FACE_AVERAGES, encode=to_json_with_quoted_numbers),),
        "pending",
        True,
    ),
    ScenarioTemplate(
        "unknown-status",
        "an unknown status changes nothing",
        (_STARTED, _PAUSED, _STOPPED),
        "pending",
        False,
    ),
)
