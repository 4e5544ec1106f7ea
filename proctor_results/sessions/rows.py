"""The session table's columns: a session becomes a row, and a row becomes a session."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from proctor_results.database.values import dump_json, load_json
from proctor_results.formats.times import (
    format_time,
    from_milliseconds,
    parse_time,
    to_milliseconds,
)
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Finding, Hold, Override, Reason, Session
from proctor_results.sessions.report import Precedence

_TEXT_FIELDS = ("identifier", "vendor", "launch_count", "outcome", "revision")
_JSON_FIELDS = ("lms_attributes", "browser_attributes", "facts")
_FIELDS = (
    *_TEXT_FIELDS,
    *_JSON_FIELDS,
    *("precedences", "findings", "reasons", "holds", "released_triggers", "override"),
    *("final_at", "revised", "lock_was_sent", "updated_at"),
)

SESSION_COLUMNS = ", ".join(f"session.{name}" for name in _FIELDS)
"""The columns that `session_from_row` reads, in its order."""


def session_from_row(row: Iterable[Any]) -> Session:
    """Return the session in a row of `SESSION_COLUMNS`."""
    values = dict(zip(_FIELDS, row, strict=True))
    values.update({name: load_json(values[name]) for name in _JSON_FIELDS})
    triggers = load_json(values["released_triggers"])
    override, final_at = values["override"], values["final_at"]
    values.update(
        outcome=Outcome(values["outcome"]),
        precedences=_load_precedences(values["precedences"]),
        findings=tuple(
            Finding(**{**finding, "action": RuleAction(finding["action"])})
            for finding in load_json(values["findings"])
        ),
        reasons=load_reasons(values["reasons"]),
        holds=load_holds(values["holds"]),
        released_triggers={kind: tuple(evidence) for kind, evidence in triggers.items()},
        override=None if override is None else _load_override(override),
        final_at=None if final_at is None else from_milliseconds(final_at),
        revised=bool(values["revised"]),
        lock_was_sent=bool(values["lock_was_sent"]),
        updated_at=from_milliseconds(values["updated_at"]),
    )
    return Session(**values)


def session_to_row(session: Session) -> dict[str, object]:
    """Return the values of a session's columns.

    `student`, `exam`, `status` and `open_hold_kinds` are for searching, and are never read back.
    """
    override, final_at = session.override, session.final_at
    return {
        **{name: getattr(session, name) for name in _TEXT_FIELDS},
        **{name: dump_json(getattr(session, name)) for name in _JSON_FIELDS},
        "student": session.student,
        "exam": session.exam,
        "status": session.status,
        "open_hold_kinds": ",".join(hold.kind for hold in session.holds),
        "precedences": _dump_precedences(session.precedences),
        "findings": dump_json([vars(finding) for finding in session.findings]),
        "reasons": dump_reasons(session.reasons),
        "holds": dump_holds(session.holds),
        "released_triggers": dump_json(session.released_triggers),
        "override": None if override is None else _dump_override(override),
        "final_at": None if final_at is None else to_milliseconds(final_at),
        "revised": session.revised,
        "lock_was_sent": session.lock_was_sent,
        "updated_at": to_milliseconds(session.updated_at),
    }


def load_reasons(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(**reason) for reason in load_json(text))


def load_holds(text: str) -> tuple[Hold, ...]:
    return tuple(
        Hold(
            kind=HoldKind(value["kind"]),
            since=parse_time(value["since"]),
            reasons=tuple(Reason(**reason) for reason in value["reasons"]),
            launch=value["launch"],
        )
        for value in load_json(text)
    )


def dump_reasons(reasons: Iterable[Reason]) -> str:
    return dump_json([vars(reason) for reason in reasons])


def dump_holds(holds: Iterable[Hold]) -> str:
    return dump_json(
        [
            {
                **vars(hold),
                "since": format_time(hold.since),
                "reasons": [vars(reason) for reason in hold.reasons],
            }
            for hold in holds
        ]
    )


def _dump_override(override: Override) -> str:
    return dump_json({**vars(override), "at": format_time(override.at)})


def _load_override(text: str) -> Override:
    value = load_json(text)
    times = {"outcome": Outcome(value["outcome"]), "at": parse_time(value["at"])}
    return Override(**{**value, **times})


def _dump_precedences(precedences: Mapping[str, Precedence]) -> str:
    """Write each precedence once, with the names of its facts: most facts come from one report."""
    names_by_precedence = defaultdict(list)
    for name, precedence in precedences.items():
        names_by_precedence[precedence].append(name)
    return dump_json([[list(key), names] for key, names in names_by_precedence.items()])


def _load_precedences(text: str) -> dict[str, Precedence]:
    precedences = {}
    for (status, *times), names in load_json(text):
        precedences.update(dict.fromkeys(names, Precedence(Status(status), *times)))
    return precedences
