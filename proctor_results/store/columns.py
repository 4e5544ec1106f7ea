"""How values stand in columns: moments as milliseconds since 1970, everything composite as JSON text."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from proctor_results.domain.session import Finding, Hold, Override, Reason, Session
from proctor_results.domain.standing import Standing
from proctor_results.domain.times import moment_of, text_of
from proctor_results.domain.words import Action, HoldKind, Outcome, Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def moment(value: int) -> datetime:
    return _EPOCH + value * _MILLISECOND


def json_text(value: object) -> str:
    return _WRITER.encode(value)


def read_json(text: str) -> Any:
    """What `json_text` wrote, with nothing before or after it. Raises ValueError for anything else."""
    value, end = _READER.raw_decode(text)
    if end != len(text):
        raise ValueError("more than was written there")
    return value


_WRITER = json.JSONEncoder(separators=(",", ":"))
_READER = json.JSONDecoder()


SESSION = (
    "session.identifier, session.vendor, session.enrolment, session.hearsay, session.launches, session.facts, "
    "session.standings, session.findings, session.outcome, session.reasons, session.holds, session.releases, "
    "session.overruled, session.settles_at, session.revised, session.ever_locked, session.revision, session.updated_at"
)
"""The columns that `session` reads, in its order."""


def session(row: Iterable[Any]) -> Session:
    """The session in a row of `SESSION`."""
    identifier, vendor, enrolment, hearsay, launches, facts, standings, *judged = row
    findings, outcome, reasons, holds, releases, overruled, *rest = judged
    settles_at, revised, ever_locked, revision, updated_at = rest
    return Session(
        identifier=identifier,
        vendor=vendor,
        enrolment=read_json(enrolment),
        hearsay=read_json(hearsay),
        launches=launches,
        facts=read_json(facts),
        standings=_standings(read_json(standings)),
        findings=tuple(_finding(each) for each in read_json(findings)),
        outcome=Outcome(outcome),
        reasons=reasons_of(reasons),
        holds=holds_of(holds),
        releases={kind: tuple(evidence) for kind, evidence in read_json(releases).items()},
        override=None if overruled is None else _override(read_json(overruled)),
        settles_at=None if settles_at is None else moment(settles_at),
        revised=bool(revised),
        ever_locked=bool(ever_locked),
        revision=revision,
        updated_at=moment(updated_at),
    )


def of_session(session: Session) -> dict[str, object]:
    """The values of a session's columns; `student`, `exam`, `status`, `held` are for searching and never read back."""
    return {
        "identifier": session.identifier,
        "vendor": session.vendor,
        "student": session.student,
        "exam": session.exam,
        "status": session.status,
        "outcome": session.outcome,
        "enrolment": json_text(session.enrolment),
        "hearsay": json_text(session.hearsay),
        "launches": session.launches,
        "facts": json_text(session.facts),
        "standings": json_text(_grouped(session.standings)),
        "findings": json_text([vars(finding) for finding in session.findings]),
        "reasons": reasons_text(session.reasons),
        "holds": holds_text(session.holds),
        "held": ",".join(hold.kind for hold in session.holds),
        "releases": json_text(session.releases),
        "overruled": None if session.override is None else _override_text(session.override),
        "settles_at": None if session.settles_at is None else milliseconds(session.settles_at),
        "revised": session.revised,
        "ever_locked": session.ever_locked,
        "revision": session.revision,
        "updated_at": milliseconds(session.updated_at),
    }


def reasons_of(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(**each) for each in read_json(text))


def holds_of(text: str) -> tuple[Hold, ...]:
    return tuple(_hold(each) for each in read_json(text))


def reasons_text(reasons: Iterable[Reason]) -> str:
    return json_text([vars(reason) for reason in reasons])


def holds_text(holds: Iterable[Hold]) -> str:
    return json_text([_hold_json(hold) for hold in holds])


def _hold_json(hold: Hold) -> dict[str, object]:
    return {**vars(hold), "since": text_of(hold.since), "reasons": [vars(reason) for reason in hold.reasons]}


def _hold(value: dict[str, Any]) -> Hold:
    reasons = tuple(Reason(**each) for each in value["reasons"])
    named = {"kind": HoldKind(value["kind"]), "since": moment_of(value["since"]), "reasons": reasons}
    return Hold(**{**value, **named})


def _override_text(override: Override) -> str:
    return json_text({**vars(override), "at": text_of(override.at)})


def _override(value: dict[str, Any]) -> Override:
    return Override(**{**value, "outcome": Outcome(value["outcome"]), "at": moment_of(value["at"])})


def _finding(value: dict[str, Any]) -> Finding:
    return Finding(**{**value, "action": Action(value["action"])})


def _grouped(standings: Mapping[str, Standing]) -> list[object]:
    """Most facts come from one report, so its standing is written once, with the names of its facts."""
    names = defaultdict(list)
    for name, standing in standings.items():
        names[standing].append(name)
    return [[list(standing), told] for standing, told in names.items()]


def _standings(groups: list[tuple[list[Any], list[str]]]) -> dict[str, Standing]:
    standings = {}
    for (status, *rest), names in groups:
        standings.update(dict.fromkeys(names, Standing(Status(status), *rest)))
    return standings
