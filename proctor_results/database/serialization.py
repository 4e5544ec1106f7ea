"""How values stand in columns: moments as milliseconds since 1970, everything composite as JSON text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from proctor_results.database.values import dump_json, from_milliseconds, load_json, to_milliseconds
from proctor_results.formats.times import format_time, parse_time
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Finding, Hold, Override, Reason, Session
from proctor_results.sessions.rules.precedence import Precedence

SESSION_COLUMNS = (
    "session.identifier, session.vendor, session.lms_attributes, session.browser_attributes, session.launch_count, session.facts, "
    "session.precedences, session.findings, session.outcome, session.reasons, session.holds, session.released_triggers, "
    "session.override, session.final_at, session.revised, session.lock_was_sent, session.revision, session.updated_at"
)
"""The columns that `session` reads, in its order."""


def session_from_row(row: Iterable[Any]) -> Session:
    """The session in a row of `SESSION`."""
    (
        identifier,
        vendor,
        lms_attributes,
        browser_attributes,
        launches,
        facts,
        precedences,
        *evaluation,
    ) = row
    findings, outcome, reasons, holds, released_triggers, override, *rest = evaluation
    final_at, revised, lock_was_sent, revision, updated_at = rest
    return Session(
        identifier=identifier,
        vendor=vendor,
        lms_attributes=load_json(lms_attributes),
        browser_attributes=load_json(browser_attributes),
        launch_count=launches,
        facts=load_json(facts),
        precedences=_load_precedences(load_json(precedences)),
        findings=tuple(_finding_from_json(finding) for finding in load_json(findings)),
        outcome=Outcome(outcome),
        reasons=load_reasons(reasons),
        holds=load_holds(holds),
        released_triggers={
            kind: tuple(triggers) for kind, triggers in load_json(released_triggers).items()
        },
        override=None if override is None else _override_from_json(load_json(override)),
        final_at=None if final_at is None else from_milliseconds(final_at),
        revised=bool(revised),
        lock_was_sent=bool(lock_was_sent),
        revision=revision,
        updated_at=from_milliseconds(updated_at),
    )


def session_to_row(session: Session) -> dict[str, object]:
    """The values of a session's columns; `student`, `exam`, `status`, `open_hold_kinds` are for searching and never read back."""
    return {
        "identifier": session.identifier,
        "vendor": session.vendor,
        "student": session.student,
        "exam": session.exam,
        "status": session.status,
        "outcome": session.outcome,
        "lms_attributes": dump_json(session.lms_attributes),
        "browser_attributes": dump_json(session.browser_attributes),
        "launch_count": session.launch_count,
        "facts": dump_json(session.facts),
        "precedences": dump_json(_dump_precedences(session.precedences)),
        "findings": dump_json([vars(finding) for finding in session.findings]),
        "reasons": dump_reasons(session.reasons),
        "holds": dump_holds(session.holds),
        "open_hold_kinds": ",".join(hold.kind for hold in session.holds),
        "released_triggers": dump_json(session.released_triggers),
        "override": None if session.override is None else _dump_override(session.override),
        "final_at": None if session.final_at is None else to_milliseconds(session.final_at),
        "revised": session.revised,
        "lock_was_sent": session.lock_was_sent,
        "revision": session.revision,
        "updated_at": to_milliseconds(session.updated_at),
    }


def load_reasons(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(**reason) for reason in load_json(text))


def load_holds(text: str) -> tuple[Hold, ...]:
    return tuple(_hold_from_json(hold) for hold in load_json(text))


def dump_reasons(reasons: Iterable[Reason]) -> str:
    return dump_json([vars(reason) for reason in reasons])


def dump_holds(holds: Iterable[Hold]) -> str:
    return dump_json([_hold_to_json(hold) for hold in holds])


def _hold_to_json(hold: Hold) -> dict[str, object]:
    return {
        **vars(hold),
        "since": format_time(hold.since),
        "reasons": [vars(reason) for reason in hold.reasons],
    }


def _hold_from_json(value: dict[str, Any]) -> Hold:
    reasons = tuple(Reason(**reason) for reason in value["reasons"])
    parsed = {
        "kind": HoldKind(value["kind"]),
        "since": parse_time(value["since"]),
        "reasons": reasons,
    }
    return Hold(**{**value, **parsed})


def _dump_override(override: Override) -> str:
    return dump_json({**vars(override), "at": format_time(override.at)})


def _override_from_json(value: dict[str, Any]) -> Override:
    return Override(
        **{**value, "outcome": Outcome(value["outcome"]), "at": parse_time(value["at"])}
    )


def _finding_from_json(value: dict[str, Any]) -> Finding:
    return Finding(**{**value, "action": RuleAction(value["action"])})


def _dump_precedences(precedences: Mapping[str, Precedence]) -> list[object]:
    """Most facts come from one report, so its standing is written once, with the names of its facts."""
    names_by_precedence = defaultdict(list)
    for name, precedence in precedences.items():
        names_by_precedence[precedence].append(name)
    return [
        [list(precedence), fact_names] for precedence, fact_names in names_by_precedence.items()
    ]


def _load_precedences(groups: list[tuple[list[Any], list[str]]]) -> dict[str, Precedence]:
    precedences = {}
    for (status, *sort_fields), names in groups:
        precedences.update(dict.fromkeys(names, Precedence(Status(status), *sort_fields)))
    return precedences
