"""Compares how the exam days should end, what the service says of them and what the LMS was told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proctor_results.sandbox.scenarios import Scenario

Json = Mapping[str, Any]
Ending = tuple[str | None, bool | None]


def disagreements(days: Sequence[Scenario], service: Mapping[str, Json], told: Json) -> list[str]:
    """What does not add up, one line each. `service` holds its sessions by identifier, `told` the LMS's whole story."""
    endings = (line for day in days for line in _of_one(day, service, told["sessions"]))
    order = [f"told out of order: {', '.join(told['out_of_order'])}"] if told["out_of_order"] else []
    return [*endings, *order]


def _of_one(day: Scenario, service: Mapping[str, Json], lms: Mapping[str, Json]) -> Iterator[str]:
    wanted: Ending = (day.outcome, day.locked)
    said, heard = _ending(service.get(day.identifier)), _ending(lms.get(day.identifier))
    if said != wanted:
        yield f"{day.name}: the service says {_words(said)} where the day ends with {_words(wanted)}"
    if heard != said:
        yield f"{day.name}: the LMS was told {_words(heard)} where the service says {_words(said)}"


def _ending(session: Json | None) -> Ending:
    return (None, None) if session is None else (session.get("outcome"), session.get("locked"))


def _words(ending: Ending) -> str:
    outcome, locked = ending
    return f"{outcome}, {'locked' if locked else 'open'}" if outcome else "nothing"
