"""Strategies for the history of one session, and for the reports that a vendor sends of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from hypothesis import strategies as st

from proctor_results.sessions.enums import VERDICTS, Status
from proctor_results.sessions.report import Report
from tests.support.sample_sessions import at, report

METRICS = ("c3", "c4", "n1")


@dataclass(frozen=True, kw_only=True)
class History:
    """`events` happened in that order; `sent` are the reports, some incomplete or repeated."""

    events: tuple[Report, ...]
    sent: tuple[Report, ...]


@st.composite
def histories(draw: st.DrawFn, whole: bool = False) -> History:
    """Draw a history.

    Every event is sent at least once with its dates; if `whole`, with all fields.
    """
    drawn_events = draw(events())
    sent = [copy for event in drawn_events for copy in draw(copies(event, whole))]
    return History(events=drawn_events, sent=(*sent, report(student="ann")))


@st.composite
def events(draw: st.DrawFn) -> tuple[Report, ...]:
    """Draw a session: perhaps skipped first, then sittings, then verdicts."""
    clock = count(step=10)
    drawn_events = draw(skips(clock))
    for _ in range(draw(st.integers(0 if drawn_events else 1, 3))):
        drawn_events += draw(sittings(clock))
    if drawn_events[-1].status is Status.STOPPED and draw(st.booleans()):
        drawn_events.pop()
    verdicts = draw(st.lists(st.sampled_from(sorted(VERDICTS)), max_size=3))
    drawn_events += [_verdict(status, drawn_events[-1], clock) for status in verdicts]
    return tuple(replace(event, **draw(measured_values())) for event in drawn_events)


@st.composite
def skips(draw: st.DrawFn, clock: Iterator[int]) -> list[Report]:
    """Draw nothing, or a skip, which may come without a date."""
    deadline = at(next(clock))
    skip = draw(
        st.sampled_from([None, report(Status.SKIPPED), report(Status.SKIPPED, stopped_at=deadline)])
    )
    return [skip] if skip else []


@st.composite
def sittings(draw: st.DrawFn, clock: Iterator[int]) -> list[Report]:
    """Draw one sitting: its start, repeated while it goes on, and its end."""
    start, stop = at(next(clock)), at(next(clock))
    live = [
        report(Status.STARTED, started_at=start, duration=minutes)
        for minutes in range(draw(st.integers(1, 2)))
    ]
    signed_at = draw(st.sampled_from([None, stop]))
    return [
        *live,
        report(Status.STOPPED, started_at=start, stopped_at=stop, duration=10, signed_at=signed_at),
    ]


def _verdict(status: Status, after: Report, clock: Iterator[int]) -> Report:
    dates = {
        "started_at": after.started_at,
        "stopped_at": after.stopped_at,
        "signed_at": at(next(clock)),
    }
    return report(status, proctor="eve", duration=after.duration, **dates)


def measured_values() -> st.SearchStrategy[dict[str, Any]]:
    """Draw the fields that differ between the events of a session; a score of 0 is not sent."""
    return st.builds(
        _measured,
        st.integers(0, 100),
        st.integers(0, 100),
        st.sampled_from([None, "a phone", "a voice"]),
    )


def _measured(score: int, n1: int, comment: str | None) -> dict[str, Any]:
    averages = {"c3": (100 - score) // 2, "c4": 100 - score, "n1": n1}
    return {"score": score or None, "comment": comment, "averages": averages}


@st.composite
def copies(draw: st.DrawFn, event: Report, whole: bool) -> list[Report]:
    """Draw the event as sent: complete and perhaps again without dates, or dated parts."""
    if whole or draw(st.booleans()):
        return [event, *draw(st.lists(parts(event, undated=True), max_size=2))]
    return [draw(parts(event, undated=False))]


@st.composite
def parts(draw: st.DrawFn, event: Report, undated: bool) -> Report:
    """Draw the event without some fields; of a sitting that has ended the start is sent."""
    dates = ["stopped_at", "signed_at", "duration"] + ["started_at"] * (
        event.status is not Status.STOPPED
    )
    names = ["score", "comment", "proctor", *METRICS, *(dates if undated else ())]
    kept = draw(st.integers(0, 2 ** len(names) - 1))
    dropped = {name for bit, name in enumerate(names) if not kept >> bit & 1}
    averages = {metric: value for metric, value in event.averages.items() if metric not in dropped}
    nothing: dict[str, Any] = dict.fromkeys(dropped.difference(METRICS))
    return replace(event, averages=averages, **nothing)


@st.composite
def arrivals(draw: st.DrawFn, history: History) -> list[Report]:
    """Draw the reports in any order, some of them repeated."""
    repeated = draw(st.lists(st.sampled_from(history.sent), max_size=3))
    return draw(st.permutations([*history.sent, *repeated]))
