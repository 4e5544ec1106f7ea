"""Holds, reasons, overrides and precedences as the JSON texts of their columns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from proctor_results.database.values import dump_json, load_json
from proctor_results.formats.times import format_time, parse_time
from proctor_results.sessions.enums import HoldKind, Outcome, Status
from proctor_results.sessions.model import Hold, Override, Reason
from proctor_results.sessions.report import Precedence


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


def dump_override(override: Override) -> str:
    return dump_json({**vars(override), "at": format_time(override.at)})


def load_override(text: str) -> Override:
    value = load_json(text)
    times = {"outcome": Outcome(value["outcome"]), "at": parse_time(value["at"])}
    return Override(**{**value, **times})


def dump_precedences(precedences: Mapping[str, Precedence]) -> str:
    """Write each precedence once, with the names of its facts: most facts come from one report."""
    names_by_precedence = defaultdict(list)
    for name, precedence in precedences.items():
        names_by_precedence[precedence].append(name)
    return dump_json([[list(key), names] for key, names in names_by_precedence.items()])


def load_precedences(text: str) -> dict[str, Precedence]:
    precedences = {}
    for (status, *times), names in load_json(text):
        precedences.update(dict.fromkeys(names, Precedence(Status(status), *times)))
    return precedences
