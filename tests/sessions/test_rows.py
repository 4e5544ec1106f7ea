"""How values stand in columns: what is written is what is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_results.formats.times import format_time, from_milliseconds, to_milliseconds
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Finding, Hold, Override, Reason, Session
from proctor_results.sessions.report import Precedence
from proctor_results.sessions.rows import (
    SESSION_COLUMNS,
    session_from_row,
    session_to_row,
)

FIRST, LAST = datetime(1900, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001  # Hypothesis wants them naive
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
WHOLE = MOMENTS.map(lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=5,
)
PRECEDENCES = st.builds(
    Precedence,
    st.sampled_from(Status),
    st.none() | WHOLE.map(format_time),
    st.none() | WHOLE.map(format_time),
    st.none() | NUMBERS,
)
REASONS = st.lists(
    st.builds(
        Reason, rule=TEXTS, detail=TEXTS, value=st.none() | NUMBERS, limit=st.none() | NUMBERS
    ),
    max_size=3,
).map(tuple)
SESSIONS = st.builds(
    Session,
    identifier=TEXTS,
    vendor=TEXTS,
    facts=st.dictionaries(TEXTS.map("extra.{}".format), JSON, max_size=4),
    precedences=st.dictionaries(TEXTS, PRECEDENCES, max_size=4),
    findings=st.lists(
        st.builds(
            Finding,
            rule=TEXTS,
            action=st.sampled_from(RuleAction),
            value=NUMBERS,
            limit=NUMBERS,
            detail=TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    outcome=st.sampled_from(Outcome),
    reasons=REASONS,
    holds=st.lists(
        st.builds(Hold, kind=st.sampled_from(HoldKind), since=WHOLE, reasons=REASONS), max_size=3
    ).map(tuple),
    override=st.none()
    | st.builds(Override, outcome=st.sampled_from(Outcome), actor=TEXTS, reason=TEXTS, at=WHOLE),
    final_at=st.none() | WHOLE,
    revised=st.booleans(),
    lock_was_sent=st.booleans(),
    revision=st.integers(0, 2**31 - 1),
    updated_at=WHOLE,
)


def read_back(written: Session) -> Session:
    """The session, by way of its row."""
    columns = session_to_row(written)
    return session_from_row(
        columns[name.removeprefix("session.")] for name in SESSION_COLUMNS.split(", ")
    )


@settings(suppress_health_check=[HealthCheck.too_slow])  # as slow as a busy machine makes it
@given(SESSIONS)
def test_a_session_is_read_as_it_was_written(written: Session) -> None:
    assert read_back(written) == written


@given(SESSIONS, st.sampled_from(Status), TEXTS)
def test_searchable_values_have_columns_of_their_own(
    any_session: Session, status: Status, student: str
) -> None:
    columns = session_to_row(replace(any_session, facts={"status": status, "student": student}))

    assert (columns["status"], columns["student"], columns["exam"]) == (status, student, None)


@given(SESSIONS)
def test_every_column_can_be_stored_by_every_database(written: Session) -> None:
    for value in session_to_row(written).values():
        assert value is None or isinstance(value, str | int)
        assert "\0" not in str(value).encode().decode()


def test_facts_of_one_report_share_their_precedence() -> None:
    precedence = Precedence(Status.STOPPED, "2022-02-18T23:55:58.524Z")
    facts = {f"averages.c{number}": 0 for number in range(5)}
    written = Session(
        identifier="a",
        vendor="v",
        facts=facts,
        precedences=dict.fromkeys(facts, precedence),
        updated_at=from_milliseconds(0),
    )

    assert len(json.loads(str(session_to_row(written)["precedences"]))) == 1
    assert read_back(written).precedences == written.precedences


@given(WHOLE)
def test_a_moment_is_whole_milliseconds(at: datetime) -> None:
    assert from_milliseconds(to_milliseconds(at)) == at


@given(MOMENTS)
def test_what_is_less_than_a_millisecond_is_cut_never_rounded_into_the_future(at: datetime) -> None:
    assert timedelta() <= at - from_milliseconds(to_milliseconds(at)) < timedelta(milliseconds=1)
