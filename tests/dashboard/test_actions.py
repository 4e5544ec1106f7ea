"""What a reviewer does on a session's page, on both databases, and what is left of it."""

import pytest
from flask import Flask

from proctor_results import clock
from proctor_results.flows.deliver import Landing, carry, claim, settle
from proctor_results.flows.look_into import Dossier, look_into
from proctor_results.lms.base import Gone
from tests.conftest import house_of, with_listener
from tests.listeners import Listener
from tests.operators import Browser
from tests.reports import IDENTIFIER, body, record

PAGE = f"/dashboard/sessions/{IDENTIFIER}"


@pytest.fixture
def lms(app: Flask) -> Listener:
    """An LMS, and a session that a violation has locked."""
    listener = Listener()
    record(with_listener(app, listener), body(averages={"c4": 45}))
    return listener


def dossier(app: Flask) -> Dossier:
    found = look_into(house_of(app), IDENTIFIER)
    assert found
    return found


def kinds(app: Flask) -> list[str]:
    return [hold.kind for hold in dossier(app).session.holds]


def work(app: Flask) -> None:
    """A worker tells what is due."""
    house, now = house_of(app), clock.now()
    claims = claim(house, house.targets[0], 10, now)
    settle(
        house, [Landing(claim=each, result=carry(house.targets[0], each, now), at=now, seconds=0) for each in claims], 0
    )


def test_a_released_hold_opens_the_exam_and_the_lms_is_told(app: Flask, lms: Listener, anna: Browser) -> None:
    answer = anna.send(f"{PAGE}/holds/violation/release", reason="it was her twin")

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert kinds(app) == []
    work(app)
    assert lms.newest("lock")["locked"] is False


def test_an_act_stands_in_the_history_with_name_and_reason(app: Flask, lms: Listener, anna: Browser) -> None:
    anna.send(f"{PAGE}/holds/violation/release", reason="it was her twin")

    by = dossier(app).decisions[-1].decision.by
    assert (by.actor, by.note) == ("anna", "it was her twin")
    assert "anna (release): it was her twin" in anna.get(PAGE).text


def test_an_exam_is_locked_by_hand(app: Flask, lms: Listener, anna: Browser) -> None:
    anna.send(f"{PAGE}/holds", reason="identity is being checked")

    assert kinds(app) == ["manual", "violation"]
    assert "anna: identity is being checked" in anna.get(PAGE).text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\0b"])
@pytest.mark.parametrize(
    "act", ["holds", "holds/violation/release", "deliveries/1/send-again", "notes", "outcome/withdraw"]
)
def test_nobody_acts_without_a_reason(app: Flask, lms: Listener, anna: Browser, act: str, reason: str) -> None:
    before = dossier(app)

    anna.send(f"{PAGE}/{act}", reason=reason)

    assert dossier(app) == before
    assert "Nothing was done" in anna.get(PAGE).text


def acts(app: Flask) -> list[str]:
    """The addresses of all that a reviewer may do, to the session of these tests."""
    about = {"identifier": IDENTIFIER, "kind": "violation", "delivery": 1}
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "guard", "") == "reviewer"
    ]
    assert {method for rule in rules for method in rule.methods or ()} == {"POST", "OPTIONS"}
    built = [rule.build({name: about[name] for name in rule.arguments}) for rule in rules]
    return [path for _, path in filter(None, built)]


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_a_form_from_elsewhere_does_nothing(app: Flask, lms: Listener, anna: Browser, csrf: str) -> None:
    before, anna.csrf = dossier(app), csrf

    answers = [anna.send(path, reason="a trick", outcome="accepted").status_code for path in acts(app)]

    assert answers == 6 * [400]
    assert dossier(app) == before


def test_a_viewer_does_nothing(app: Flask, lms: Listener, otto: Browser) -> None:
    before = dossier(app)

    answers = [otto.send(path, reason="let me", outcome="accepted").status_code for path in acts(app)]

    assert answers == 6 * [403]
    assert dossier(app) == before


def test_a_note_stands_in_the_history_and_changes_nothing(app: Flask, lms: Listener, anna: Browser) -> None:
    anna.send(f"{PAGE}/notes", reason="her twin sits next door")

    assert "anna (note): her twin sits next door" in anna.get(PAGE).text
    assert kinds(app) == ["violation"]


def test_an_outcome_is_overruled_and_taken_back(app: Flask, lms: Listener, anna: Browser) -> None:
    anna.send(f"{PAGE}/outcome", outcome="accepted", reason="seen by two proctors")
    work(app)
    assert (dossier(app).session.outcome, lms.newest("outcome")["outcome"]) == ("accepted", "accepted")

    anna.send(f"{PAGE}/outcome/withdraw", reason="it was another session")
    work(app)
    assert (dossier(app).session.outcome, lms.newest("outcome")["outcome"]) == ("pending", "pending")


def test_an_outcome_that_is_nobodys_word_is_refused(app: Flask, lms: Listener, anna: Browser) -> None:
    anna.send(f"{PAGE}/outcome", outcome="skipped", reason="so that it is over")

    assert dossier(app).session.outcome == "pending"


def test_a_viewer_sees_no_forms(lms: Listener, otto: Browser) -> None:
    assert 'name="reason"' not in otto.get(PAGE).text


@pytest.mark.parametrize("kind", ["manual", "nonsense"])
def test_a_hold_that_is_gone_is_said_to_be(lms: Listener, anna: Browser, kind: str) -> None:
    anna.send(f"{PAGE}/holds/{kind}/release", reason="again")

    assert "somebody was faster" in anna.get(PAGE).text


def test_what_was_told_is_sent_again(app: Flask, lms: Listener, anna: Browser) -> None:
    work(app)
    told = list(lms.ids)
    lock = next(duty.id for duty in dossier(app).duties if duty.topic == "lock")

    anna.send(f"{PAGE}/deliveries/{lock}/send-again", reason="the LMS lost it")
    work(app)

    assert lms.ids == [*told, f"{IDENTIFIER}.lock.1"]
    assert "had lock sent to listener again: the LMS lost it" in anna.get(PAGE).text


def test_sending_again_trusts_a_target_that_had_said_it_was_gone(app: Flask, lms: Listener, anna: Browser) -> None:
    lms.answers.extend(2 * [Gone(status=410, detail="answered 410")])
    work(app)

    for duty in dossier(app).duties:
        anna.send(f"{PAGE}/deliveries/{duty.id}/send-again", reason="it is back")
    work(app)

    assert all(duty.told for duty in dossier(app).duties)


def test_what_is_in_the_air_is_left_there(app: Flask, lms: Listener, anna: Browser) -> None:
    claim(house_of(app), lms, 10, clock.now())

    anna.send(f"{PAGE}/deliveries/1/send-again", reason="hurry")

    assert "being sent just now" in anna.get(PAGE).text


def test_a_delivery_of_another_session_is_left_alone(app: Flask, lms: Listener, anna: Browser) -> None:
    record(house_of(app), body(identifier="other"))
    before = dossier(app)

    anna.send("/dashboard/sessions/other/deliveries/1/send-again", reason="by mistake")

    assert dossier(app) == before
