"""Judges all that is stored again, and compares every revision with what was decided and told."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Heard, History, Sides
from proctor_results.domain.messages import due_topics, message
from proctor_results.domain.session import Session
from proctor_results.domain.words import Topic


def _unmerged(sides: Sides) -> Iterator[str]:
    for identifier, history in sides.stored.histories.items():
        if history.impossible:
            yield f"{identifier}: cannot be judged again: {history.impossible}"
        elif history.states[-1] != sides.stored.sessions[identifier]:
            yield f"{identifier}: is stored otherwise than {history.states[-1]}, which is what follows from its history"


def _misjudged(sides: Sides) -> Iterator[str]:
    for identifier, history in sides.stored.histories.items():
        made = sides.stored.decisions.get(identifier, ())
        yield from (f"{identifier}: {each} does not follow" for each in made if each not in history.decisions)
        yield from (f"{identifier}: {each} follows, and is missing" for each in history.decisions if each not in made)


def _untrue(sides: Sides) -> Iterator[str]:
    """Each message is that of a revision at which its topic changed, word for word."""
    for heard in sides.told:
        history = sides.stored.histories.get(heard.about[0]) if heard.genuine else None
        if history is None:
            continue
        if not _is_news(history, heard):
            yield f"{heard.webhook_id}: there was no such news at that revision"
        elif heard.message != _words(history.states[heard.revision], heard):
            yield f"{heard.webhook_id}: says {heard.message}, not {_words(history.states[heard.revision], heard)}"


def _is_news(history: History, heard: Heard) -> bool:
    if not 0 < heard.revision < len(history.states):
        return False
    before, after = history.states[heard.revision - 1 : heard.revision + 1]
    return heard.about[1] in due_topics(before if before.revision else None, after)


def _words(state: Session, heard: Heard) -> Any:
    return json.loads(json.dumps(message(state, heard.about[1], heard.revision, state.updated_at)))


def _said_again(sides: Sides) -> Iterator[str]:
    """The same content under a new id, though it was never another one in between."""
    last: dict[tuple[str, Topic], Heard] = {}
    for heard in sides.told:
        if not heard.genuine:
            continue
        before = last.setdefault(heard.about, heard)
        if heard.revision > before.revision:
            last[heard.about] = heard
            if heard.content == before.content and not _was_another(sides, before, heard):
                yield f"{heard.webhook_id}: says what {before.webhook_id} said"


def _was_another(sides: Sides, before: Heard, after: Heard) -> bool:
    """An LMS that was away hears of A, B, A only the two A."""
    history = sides.stored.histories.get(before.about[0])
    between = history.states[before.revision : after.revision + 1] if history else []
    return any(_words(one, after)["data"] != _words(other, after)["data"] for one, other in pairwise(between))


def _revisions(sides: Sides) -> int:
    return sum(len(history.states) for history in sides.stored.histories.values())


def _messages(sides: Sides) -> int:
    return len({heard.webhook_id for heard in sides.told})


CHECKS = (
    Check(name="what is stored, judged again, makes the same", kind=Kind.LOST, size=_revisions, faults=_unmerged),
    Check(
        name="decisions are those that follow from what is stored",
        kind=Kind.INVENTED,
        size=lambda sides: sum(map(len, sides.stored.decisions.values())),
        faults=_misjudged,
    ),
    Check(name="messages say what was so, word for word", kind=Kind.INVENTED, size=_messages, faults=_untrue),
    Check(name="nothing is said again under another id", kind=Kind.INVENTED, size=_messages, faults=_said_again),
)
