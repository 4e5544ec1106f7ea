"""When an undelivered message is tried again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_results.deliveries.retry_schedule import (
    next_retry,
    next_retry_after_refusal,
    target_pause,
)
from tests.support.sample_sessions import NOW

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

WAITS = {
    "first": (1, 5 * SECOND),
    "second": (2, 30 * SECOND),
    "third": (3, 2 * MINUTE),
    "fourth": (4, 10 * MINUTE),
    "fifth": (5, 30 * MINUTE),
    "sixth": (6, HOUR),
    "seventh": (7, 2 * HOUR),
    "eighth": (8, 4 * HOUR),
    "ninth": (9, 8 * HOUR),
    "tenth": (10, 8 * HOUR),
    "hundredth": (100, 8 * HOUR),
}


def tries(failed: int, due_for: timedelta = HOUR) -> tuple[int, datetime]:
    return failed, NOW - due_for


@pytest.mark.parametrize(("failed", "wait"), WAITS.values(), ids=WAITS)
def test_the_wait_grows_with_every_try_in_vain(failed: int, wait: timedelta) -> None:
    assert next_retry(*tries(failed), NOW, jitter=0, retry_after=None) == NOW + wait


@given(st.integers(1, 30), st.floats(0, 1, exclude_max=True))
def test_jitter_only_ever_adds_and_at_most_a_tenth(failed: int, jitter: float) -> None:
    exactly, jittered = (next_retry(*tries(failed), NOW, each, None) for each in (0, jitter))

    assert exactly is not None
    assert jittered is not None
    assert timedelta() <= jittered - exactly <= (exactly - NOW) / 10


ENDS = {
    "just before 72 hours": (72 * HOUR - SECOND, False),
    "72 hours to the second": (72 * HOUR, True),
    "after 72 hours": (73 * HOUR, True),
}


@pytest.mark.parametrize(("due_for", "over"), ENDS.values(), ids=ENDS)
def test_a_message_is_tried_for_72_hours(due_for: timedelta, over: bool) -> None:
    later = next_retry(*tries(12, due_for), NOW, jitter=0, retry_after=HOUR)

    assert (later is None) is over


def test_a_target_that_is_never_there_is_tried_for_the_last_time_at_72_hours() -> None:
    due, waits = NOW, list[timedelta]()
    while later := next_retry(len(waits) + 1, NOW, due, 0, None):
        waits.append(later - due)
        due = later

    assert waits[:3] == [5 * SECOND, 30 * SECOND, 2 * MINUTE]
    assert waits[8:-1] == [8 * HOUR] * 8
    assert due - NOW == 72 * HOUR


RETRY_AFTER = {
    "longer than our wait": (1, 45 * SECOND, 45 * SECOND),
    "shorter than our wait": (3, 45 * SECOND, 2 * MINUTE),
    "at once": (1, timedelta(), 5 * SECOND),
    "in the past": (1, -HOUR, 5 * SECOND),
    "exactly an hour": (1, HOUR, HOUR),
    "a whole day": (1, 24 * HOUR, HOUR),
    "a whole day, when we wait longer anyway": (7, 24 * HOUR, 2 * HOUR),
}


@pytest.mark.parametrize(("failed", "asked", "wait"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after_is_followed_up_to_an_hour(
    failed: int, asked: timedelta, wait: timedelta
) -> None:
    assert next_retry(*tries(failed), NOW, jitter=0, retry_after=asked) == NOW + wait


REFUSALS = {
    "first": (1, 5 * SECOND),
    "second": (2, 30 * SECOND),
    "third": (3, None),
    "later ones": (9, None),
}


@pytest.mark.parametrize(("failed", "wait"), REFUSALS.values(), ids=REFUSALS)
def test_a_refused_message_is_tried_a_few_times_then_a_person_must_look(
    failed: int, wait: timedelta | None
) -> None:
    assert next_retry_after_refusal(failed, NOW, jitter=0) == (NOW + wait if wait else None)


PAUSES = {
    "no failure": (0, None, None),
    "four failures": (4, None, None),
    "five failures": (5, None, 10 * SECOND),
    "six failures": (6, None, 30 * SECOND),
    "seven failures": (7, None, MINUTE),
    "eight failures": (8, None, 2 * MINUTE),
    "nine failures": (9, None, 5 * MINUTE),
    "ten failures": (10, None, 5 * MINUTE),
    "a thousand failures": (1000, None, 5 * MINUTE),
    "one failure, asked for a rest": (1, 45 * SECOND, 45 * SECOND),
    "one failure, asked for a day": (1, 24 * HOUR, HOUR),
    "one failure, asked to try at once": (1, timedelta(), None),
    "five failures, asked for a longer rest": (5, MINUTE, MINUTE),
    "five failures, asked for a shorter rest": (5, SECOND, 10 * SECOND),
    "nine failures, asked for a day": (9, 24 * HOUR, HOUR),
}


@pytest.mark.parametrize(("failures", "asked", "rest"), PAUSES.values(), ids=PAUSES)
def test_a_target_rests_after_five_failures_in_a_row_or_when_it_asks_for_it(
    failures: int, asked: timedelta | None, rest: timedelta | None
) -> None:
    assert target_pause(failures, asked) == rest
