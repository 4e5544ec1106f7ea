"""The reconciliation is content with what is right, and finds whatever is lost, invented or out of order."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.reconciliation.sides import Beat, Hand, Heard, Post, Sides
from bench.reconciliation.verdict import reconcile
from proctor_results.domain.words import Outcome, Topic
from proctor_results.flows.house import House
from tests.listeners import Listener
from tests.reports import accepted, rejected
from tests.soak.story import FIRST, GONE, LOCKED, STRANGER, THERE, told_story

Planting = Callable[[Sides], Sides]


@pytest.fixture
def sides(house: House, listener: Listener) -> Sides:
    return told_story(house, listener)


def test_a_story_in_which_all_went_well_agrees(sides: Sides) -> None:
    verdict = reconcile(sides)

    assert verdict.faults == []
    assert verdict.line == "0 lost, 0 invented, 0 out of order"
    assert all(answer.size for answer in verdict.answers)


def answered(sides: Sides) -> Sides:
    sides.sent.posts.append(Post(body=rejected(identifier=STRANGER, comment="another"), status=200))
    return sides


def answered_twice(sides: Sides) -> Sides:
    sides.sent.posts.append(Post(body=FIRST, status=200))
    return sides


def launched_again(sides: Sides) -> Sides:
    sides.sent.sittings[THERE].launches = sides.sent.sittings[THERE].tried = 2
    return sides


def held_again(sides: Sides) -> Sides:
    sides.sent.hands.append(Hand(identifier=THERE, note="soak 2"))
    return sides


def beat_again(sides: Sides) -> Sides:
    sides.sent.sittings[THERE].beats.append(Beat(launch=1, sent=94, ended=94.1, heard=True))
    return sides


def undelivered(sides: Sides) -> Sides:
    return replace(sides, stored=replace(sides.stored, undelivered=["a lock"]))


def never_told(sides: Sides) -> Sides:
    return replace(sides, told=[heard for heard in sides.told if heard.about != (GONE, Topic.LOCK)])


def told_and_not_taken(sides: Sides) -> Sides:
    return replace(sides, told=[replace(heard, taken=heard.about[0] != THERE) for heard in sides.told])


def not_fed(sides: Sides) -> Sides:
    return replace(sides, fed={THERE: [1]})


def never_locked(sides: Sides) -> Sides:
    sides.sent.sittings[THERE].silent = True
    return sides


def released(sides: Sides) -> Sides:
    sides.sent.held.clear()
    return sides


def stored_otherwise(sides: Sides) -> Sides:
    session = sides.stored.sessions[STRANGER]
    wrong = replace(session, facts={**session.facts, "score": 12})
    return replace(sides, stored=replace(sides.stored, sessions={**sides.stored.sessions, STRANGER: wrong}))


@pytest.mark.parametrize(
    ("planted", "lost", "words"),
    [
        (answered, 1, "answered, 1 times more often than stored"),
        (answered_twice, 1, "answered, 1 times more often than stored"),
        (launched_again, 1, "is-there: 2 launches were answered, 1 are stored"),
        (held_again, 1, "is-there: no decision is noted as 'soak 2'"),
        (beat_again, 1, "is-there: 11 heartbeats were answered, 10 are counted"),
        (undelivered, 1, "a lock"),
        (never_told, 1, "is-gone.lock: the LMS was told nothing where"),
        (told_and_not_taken, 2, "is-there.outcome: the LMS was told nothing where"),
        (not_fed, 3, "the feed gave revisions [1] where"),
        (never_locked, 1, "is-there: is held as manual where it should be disconnected, manual"),
        (released, 1, "is-there: is held as manual where it should be nothing"),
        (stored_otherwise, 3, "stranger: score is 12 where the reports make it 64"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_planted_loss_is_found(sides: Sides, planted: Planting, lost: int, words: str) -> None:
    verdict = reconcile(planted(sides))

    assert verdict.line == f"{lost} lost, 0 invented, 0 out of order"
    assert any(words in fault for fault in verdict.faults)


def never_sent(sides: Sides) -> Sides:
    sides.sent.posts.remove(Post(body=accepted(identifier=THERE), status=200))
    return sides


def applied_twice(sides: Sides) -> Sides:
    receipts = [*sides.stored.receipts, sides.stored.receipts[0]]
    return replace(sides, stored=replace(sides.stored, receipts=receipts), doubled=True)


def decided_otherwise(sides: Sides) -> Sides:
    first, *others = sides.stored.decisions[STRANGER]
    decisions = {**sides.stored.decisions, STRANGER: [replace(first, outcome=Outcome.ACCEPTED), *others]}
    return replace(sides, stored=replace(sides.stored, decisions=decisions))


def said_otherwise(sides: Sides) -> Sides:
    """In a moment that is none of the content."""
    heard = _told(sides, STRANGER, Topic.OUTCOME, 2)
    other = replace(heard, body=heard.body.replace(b"2026-03-02T09:01:35", b"2026-03-02T09:01:36"))
    return replace(sides, told=[each if each is not heard else other for each in sides.told])


def no_news(sides: Sides) -> Sides:
    """The same before its time."""
    early = _at_revision(_told(sides, STRANGER, Topic.LOCK), 0)
    return replace(sides, told=[early, *sides.told])


def told_of_a_stranger(sides: Sides) -> Sides:
    return replace(sides, told=[*sides.told, _renamed(sides.told[0], "nobody")])


def forged(sides: Sides) -> Sides:
    return replace(sides, told=[*sides.told, replace(sides.told[0], genuine=False)])


def more_launches(sides: Sides) -> Sides:
    sides.sent.sittings[THERE].tried = sides.sent.sittings[THERE].launches = 0
    return sides


def more_beats(sides: Sides) -> Sides:
    sides.sent.sittings[THERE].beats.pop(0)
    return sides


def undecided(sides: Sides) -> Sides:
    decisions = {**sides.stored.decisions, GONE: ()}
    return replace(sides, stored=replace(sides.stored, decisions=decisions))


def said_again(sides: Sides) -> Sides:
    """A revision that changes nothing, and is told all the same."""
    again = replace(_at_revision(_told(sides, GONE, Topic.LOCK), 4), taken=True)
    after = replace(sides.stored.sessions[GONE], revision=4)
    history = sides.stored.histories[GONE]
    longer = replace(history, states=[*history.states, after])
    stored = replace(
        sides.stored,
        sessions={**sides.stored.sessions, GONE: after},
        histories={**sides.stored.histories, GONE: longer},
    )
    return replace(sides, told=[*sides.told, again], stored=stored, fed={**sides.fed, GONE: [3, 4]})


def locked_though_heard(sides: Sides) -> Sides:
    sides.sent.sittings[GONE].beats[:] = [Beat(launch=1, sent=LOCKED - 20, ended=LOCKED - 19, heard=True)]
    return sides


def locked_though_trying(sides: Sides) -> Sides:
    tries = [Beat(launch=1, sent=second, ended=second + 1, heard=False) for second in range(0, int(LOCKED), 10)]
    sides.sent.sittings[GONE].beats[:] = [replace(tries[0], heard=True), *tries[1:]]
    return sides


@pytest.mark.parametrize(
    ("planted", "invented", "words"),
    [
        (never_sent, 1, "sent 1 times, stored 2 times"),
        (applied_twice, 1, "was applied 2 times"),
        (decided_otherwise, 4, "does not follow"),
        (said_otherwise, 1, "stranger.outcome.2: says"),
        (no_news, 2, "stranger.lock.0: there was no such news at that revision"),
        (told_of_a_stranger, 2, "nobody: was told, and is not stored"),
        (forged, 1, "the signature is wrong"),
        (more_launches, 1, "is-there: 0 launches were tried, 1 are stored"),
        (more_beats, 1, "is-there: 9 heartbeats were tried, 10 are counted"),
        (undecided, 4, "told disconnected, decided "),
        (said_again, 2, "is-gone.lock.4: says what is-gone.lock.3 said"),
        (locked_though_heard, 1, "is-gone: locked at 09:01:35"),
        (locked_though_trying, 1, "is-gone: locked at 09:01:35"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_planted_invention_is_found(sides: Sides, planted: Planting, invented: int, words: str) -> None:
    verdict = reconcile(planted(sides))

    assert verdict.line == f"0 lost, {invented} invented, 0 out of order"
    assert any(words in fault for fault in verdict.faults)


def overtaken(sides: Sides) -> Sides:
    return replace(sides, told=[*sides.told, replace(_told(sides, STRANGER, Topic.LOCK), taken=False)])


def two_faced(sides: Sides) -> Sides:
    heard = _told(sides, THERE, Topic.OUTCOME)
    other = replace(heard, body=heard.body.replace(b'"score": 64', b'"score": 65'))
    return replace(sides, told=[other, *sides.told])


def misnamed(sides: Sides) -> Sides:
    heard = _told(sides, STRANGER, Topic.OUTCOME)
    others = [each for each in sides.told if each is not heard]
    return replace(sides, told=[replace(heard, webhook_id=f"{STRANGER}.outcome.7"), *others])


def fed_backwards(sides: Sides) -> Sides:
    return replace(sides, fed={**sides.fed, STRANGER: [2, 1, 2]})


@pytest.mark.parametrize(
    ("planted", "invented", "words"),
    [
        (overtaken, 0, "stranger.lock.1: heard after stranger.lock.2"),
        (two_faced, 1, "says b"),
        (misnamed, 0, "stranger.outcome.7: is about stranger.outcome at revision 1"),
        (fed_backwards, 0, "stranger: the feed gave revisions [2, 1, 2]"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_planted_disorder_is_found(sides: Sides, planted: Planting, invented: int, words: str) -> None:
    verdict = reconcile(planted(sides))

    assert verdict.line == f"0 lost, {invented} invented, 1 out of order"
    assert any(words in fault for fault in verdict.faults)


def test_a_clock_set_back_excuses_whom_it_may_have_locked_rightly(sides: Sides) -> None:
    sides.sent.sittings[GONE].beats[:] = [Beat(launch=1, sent=LOCKED - 20, ended=LOCKED - 19, heard=True)]
    sides.clock.shift(LOCKED + 1, -60)

    assert sides.clock.moments(sides.stored.decisions[GONE][-1].at) == [LOCKED, LOCKED + 60]
    assert reconcile(sides).line == "0 lost, 0 invented, 0 out of order"


def _told(sides: Sides, identifier: str, topic: Topic, revision: int | None = None) -> Heard:
    """The first of it, or that of the revision."""
    told = (heard for heard in sides.told if heard.about == (identifier, topic))
    return next(heard for heard in told if revision in (None, heard.revision))


def _at_revision(heard: Heard, revision: int) -> Heard:
    old, new = (b'"revision": %d' % number for number in (heard.revision, revision))
    return Heard(".".join((*heard.about, str(revision))), heard.body.replace(old, new), taken=False)


def _renamed(heard: Heard, identifier: str) -> Heard:
    known = heard.about[0]
    return Heard(heard.webhook_id.replace(known, identifier), heard.body.replace(known.encode(), identifier.encode()))
