"""Out of order: an older revision heard after a newer one, or one id that says two things."""

from collections.abc import Iterator
from itertools import pairwise

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Heard, Sides
from proctor_results.domain.messages import message_id
from proctor_results.domain.words import Topic


def _overtaken(sides: Sides) -> Iterator[str]:
    newest: dict[tuple[str, Topic], Heard] = {}
    for heard in _genuine(sides):
        before = newest.setdefault(heard.about, heard)
        if heard.revision < before.revision:
            yield f"{heard.webhook_id}: heard after {before.webhook_id}"
        else:
            newest[heard.about] = heard


def _two_faced(sides: Sides) -> Iterator[str]:
    first: dict[str, Heard] = {}
    for heard in _genuine(sides):
        if first.setdefault(heard.webhook_id, heard).body != heard.body:
            yield f"{heard.webhook_id}: says {heard.body!r} after {first[heard.webhook_id].body!r}"


def _misnamed(sides: Sides) -> Iterator[str]:
    for heard in _genuine(sides):
        if heard.webhook_id != message_id(*heard.about, heard.revision):
            yield f"{heard.webhook_id}: is about {'.'.join(heard.about)} at revision {heard.revision}"


def _fed_backwards(sides: Sides) -> Iterator[str]:
    for identifier, revisions in sides.fed.items():
        if any(after < before for before, after in pairwise(revisions)):
            yield f"{identifier}: the feed gave revisions {list(revisions)}"


def _genuine(sides: Sides) -> Iterator[Heard]:
    return (heard for heard in sides.told if heard.genuine)


def _heard(sides: Sides) -> int:
    return len(sides.told)


CHECKS = (
    Check(name="nothing old is heard after something new", kind=Kind.DISORDER, size=_heard, faults=_overtaken),
    Check(name="one id always says the same", kind=Kind.DISORDER, size=_heard, faults=_two_faced),
    Check(name="every id names session, topic and revision", kind=Kind.DISORDER, size=_heard, faults=_misnamed),
    Check(
        name="the change feed never goes back",
        kind=Kind.DISORDER,
        size=lambda sides: len(sides.fed),
        faults=_fed_backwards,
    ),
)
