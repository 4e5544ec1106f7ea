"""Finding sessions, and reading one, as a viewer does."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from proctor_results.domain.times import text_of
from proctor_results.flows.look_into import NEWEST
from tests.conftest import house_of
from tests.operators import Browser
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """What is read from either database is tested with the store; here it is about what people see."""
    (tmp_path / "pages.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'pages.db'}"


def test_the_newest_come_first_and_the_rest_on_further_pages(app: Flask, otto: Browser) -> None:
    for number in range(60):
        record(house_of(app), body(identifier=f"exam-{number:02d}"))

    page = otto.get("/dashboard/sessions").text
    assert "exam-59" in page
    assert "exam-10" in page
    assert "exam-09" not in page
    assert "exam-09" in otto.get(f"/dashboard/sessions?after={10 + 1} ").text


def test_a_search_narrows_down(app: Flask, otto: Browser) -> None:
    record(house_of(app), rejected(identifier="exam-1", student="anna"))
    record(house_of(app), body(identifier="exam-2", student="annabel"))

    assert "exam-2" not in otto.get("/dashboard/sessions?begins=anna&held=rejected").text
    assert "exam-1" in otto.get("/dashboard/sessions?begins=anna&held=rejected").text
    assert "No session fits" in otto.get("/dashboard/sessions?begins=bert").text


@pytest.mark.parametrize(
    "query", ["begins=%00", "status=nonsense", "after=x", "after=9999999999999999999 ", "exam=" + "x" * 201]
)
def test_a_search_that_cannot_be_right_is_no_accident(otto: Browser, query: str) -> None:
    assert otto.get(f"/dashboard/sessions?{query}").status_code == 200


def test_a_session_says_why_it_is_locked(app: Flask, otto: Browser) -> None:
    record(house_of(app), body(averages={"c4": 45, "n1": 3}))

    page = otto.get(f"/dashboard/sessions/{IDENTIFIER}").text

    assert "Why the exam is locked" in page
    assert "average of c4 is 45, allowed below 20" in page
    assert "someone-else: hold from 20 %" in page


def test_what_learners_and_vendors_send_is_shown_as_text(app: Flask, otto: Browser) -> None:
    texts = dict.fromkeys(("comment", "student", "proctor"), HOSTILE)
    record(house_of(app), body(status="rejected", link="javascript:alert(1)", **texts))

    for path in ("/dashboard/sessions", f"/dashboard/sessions/{IDENTIFIER}"):
        page = otto.get(path).text
        assert "&lt;script&gt;alert(" in page
        assert "<script>alert(" not in page
        assert 'href="javascript:' not in page


def test_a_page_says_of_how_many_it_shows_the_newest(app: Flask, otto: Browser) -> None:
    for number in range(NEWEST + 1):
        record(house_of(app), (accepted, rejected)[number % 2](signed_at=text_of(NOW + timedelta(seconds=number))))

    page = otto.get(f"/dashboard/sessions/{IDENTIFIER}").text

    assert "the newest 200 of 201 receipts" in page
    assert "the newest 200 of 201 decisions" in page
    assert "tries" not in page
    assert ('id="receipt-201"' in page, 'id="receipt-1"' in page) == (True, False)
    assert ('id="decision-201"' in page, 'id="decision-1"' in page) == (True, False)


def test_a_page_that_shows_everything_says_nothing_of_it(app: Flask, otto: Browser) -> None:
    record(house_of(app), rejected())

    assert "newest" not in otto.get(f"/dashboard/sessions/{IDENTIFIER}").text


def test_a_receipt_shows_its_body_as_text(app: Flask, otto: Browser) -> None:
    record(house_of(app), body(comment=HOSTILE))

    page = otto.get(f"/dashboard/sessions/{IDENTIFIER}/receipts/1").text

    assert "&lt;script&gt;alert(" in page
    assert "<script>alert(" not in page


def test_a_receipt_is_saved_byte_by_byte_and_never_shown_by_the_browser(app: Flask, otto: Browser) -> None:
    record(house_of(app), SAMPLE)

    answer = otto.get(f"/dashboard/sessions/{IDENTIFIER}/receipts/1/body")

    assert answer.data == SAMPLE
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="receipt-1.bin"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["sessions/nobody", f"sessions/{IDENTIFIER}/receipts/2", "sessions/other/receipts/1", "nowhere"]
)
def test_what_is_not_there_is_said_to_be_missing(app: Flask, otto: Browser, path: str) -> None:
    record(house_of(app), SAMPLE)

    assert otto.get(f"/dashboard/{path}").status_code == 404


def test_the_pages_run_nothing_inline_and_load_nothing_from_elsewhere(otto: Browser) -> None:
    answer = otto.get("/dashboard/sessions")

    assert "default-src 'none'; script-src 'self'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "//" not in answer.text.replace("<!doctype html>", "")
    assert "style=" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_the_database_a_page_says_so(app: Flask, otto: Browser, tmp_path: Path) -> None:
    house_of(app).ledger.close()
    (tmp_path / "pages.db").unlink()

    answer = otto.get("/dashboard/sessions")

    assert answer.status_code == 503
    assert "The database cannot be reached" in answer.text
