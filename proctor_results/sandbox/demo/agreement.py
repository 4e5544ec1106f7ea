"""Compares what is expected of sessions, what the service says of them and what the LMS was told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proctor_results.sandbox.expected import Expected

Json = Mapping[str, Any]
Ending = tuple[str | None, bool | None]


def disagreements(expected: Sequence[Expected], service: Mapping[str, Json], told: Json) -> list[str]:
    """What does not add up, one line each. `service` holds its sessions by identifier, `told` the LMS's whole story."""
    endings = (line for each in expected for line in _of_one(each, service, told["sessions"]))
    order = [f"told out of order: {', '.join(told['out_of_order'])}"] if told["out_of_order"] else []
    return [*endings, *order]


def _of_one(expected: Expected, service: Mapping[str, Json], lms: Mapping[str, Json]) -> Iterator[str]:
    wanted: Ending = (expected.outcome, expected.locked)
    said, heard = _ending(service.get(expected.identifier)), _ending(lms.get(expected.identifier))
    if said != wanted:
        yield f"{expected.name}: the service says {_words(said)} where {_words(wanted)} is expected"
    if heard != said:
        yield f"{expected.name}: the LMS was told {_words(heard)} where the service says {_words(said)}"


def _ending(session: Json | None) -> Ending:
    return (None, None) if session is None else (session.get("outcome"), session.get("locked"))


def _words(ending: Ending) -> str:
    outcome, locked = ending
    return f"{outcome}, {'locked' if locked else 'open'}" if outcome else "nothing"
