"""The exam days that a proctoring server may have, as a table."""

from dataclasses import dataclass, replace

from proctor_results.sandbox.bodies import Step, as_captured, numbers_as_text, older, reordered


@dataclass(frozen=True)
class Day:
    """Its steps in order, and how it ends under the built-in policy."""

    name: str
    shows: str
    steps: tuple[Step, ...]
    outcome: str
    locked: bool


_STARTED = Step(status="started", started=75)
_SKIPPED = Step(status="skipped")
# Signed by a proctor and yet not rated, as captured.
_STOPPED = Step(status="stopped", started=75, stopped=15, signed=15, proctor="admin")
_ACCEPTED = replace(_STOPPED, status="accepted", signed=10, proctor="proctor-1")
_REJECTED = replace(_ACCEPTED, status="rejected", comment="à vérifier, 00:41")
_SOMEONE_ELSE = {"c4": 27, "c2": 6}
_PAUSED = replace(_STARTED, status="paused")

DAYS = (
    Day("started", "in progress", (_STARTED,), "pending", False),
    Day("skipped", "not started before the deadline", (_SKIPPED,), "skipped", False),
    Day("stopped", "finished, not rated yet", (_STARTED, _STOPPED), "pending", False),
    Day("accepted", "rated positively", (_STARTED, _STOPPED, _ACCEPTED), "accepted", False),
    Day("rejected", "rated negatively", (_STARTED, _STOPPED, _REJECTED), "rejected", True),
    Day(
        "violation",
        "another face than the profile's: held",
        (_STARTED, replace(_STOPPED, averages=_SOMEONE_ELSE)),
        "pending",
        True,
    ),
    Day(
        "cleared",
        "several faces, held; a human looks and accepts",
        (_STARTED, replace(_STOPPED, averages={"c3": 30}), replace(_ACCEPTED, averages={"c3": 30})),
        "accepted",
        False,
    ),
    Day(
        "low-score",
        "many small irregularities together: held",
        (_STARTED, replace(_STOPPED, averages={"b2": 25, "c2": 20, "m2": 20})),
        "pending",
        True,
    ),
    Day(
        "worth-a-look",
        "face often out of sight: flagged, not held",
        (_STARTED, replace(_STOPPED, averages={"c2": 35})),
        "pending",
        False,
    ),
    Day(
        "network-loss",
        "36 % without network, as in the sample: no hold",
        (_STARTED, replace(_STOPPED, averages={"n1": 36})),
        "pending",
        False,
    ),
    Day(
        "network-gone",
        "72 % without network, score 28: still no hold",
        (_STARTED, replace(_STOPPED, averages={"n1": 72})),
        "pending",
        False,
    ),
    Day(
        "revised-down",
        "accepted, later rejected",
        (_STARTED, _STOPPED, _ACCEPTED, replace(_REJECTED, signed=5)),
        "rejected",
        True,
    ),
    Day(
        "revised-up",
        "rejected, later accepted",
        (_STARTED, _STOPPED, _REJECTED, replace(_ACCEPTED, signed=5, comment="Appeal upheld")),
        "accepted",
        False,
    ),
    Day(
        "old-verdict",
        "a rejection that was overruled arrives last",
        (_STARTED, _STOPPED, replace(_ACCEPTED, signed=5), _REJECTED),
        "accepted",
        False,
    ),
    Day(
        "duplicates",
        "the same report three times, once in other bytes",
        (_STOPPED, _STOPPED, replace(_STOPPED, spelt=reordered), _REJECTED, _REJECTED),
        "rejected",
        True,
    ),
    Day(
        "late",
        "the verdict arrives first, the rest after it",
        (_REJECTED, _STOPPED, _STARTED),
        "rejected",
        True,
    ),
    Day(
        "resumed",
        "stopped, continued 20 minutes later, stopped again",
        (_STARTED, replace(_STOPPED, stopped=60, signed=60), replace(_STARTED, started=40), _STOPPED, _ACCEPTED),
        "accepted",
        False,
    ),
    Day(
        "recorded-rated",
        "the guide's sample accepted, then rejected",
        (replace(_STOPPED, spelt=as_captured), _ACCEPTED, replace(_REJECTED, signed=5), _STOPPED),
        "rejected",
        True,
    ),
    Day("older-id", "an older server says id for identifier", (replace(_STOPPED, spelt=older),), "pending", False),
    Day(
        "text-numbers",
        "numbers as strings are measured all the same",
        (replace(_STOPPED, averages=_SOMEONE_ELSE, spelt=numbers_as_text),),
        "pending",
        True,
    ),
    Day(
        "unknown-status",
        "a status that nobody knows changes nothing",
        (_STARTED, _PAUSED, _STOPPED),
        "pending",
        False,
    ),
)
