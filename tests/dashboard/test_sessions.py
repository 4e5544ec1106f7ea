"""The pages on which a viewer searches sessions and reads one."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from proctor_results.dashboard.queries.session_details import PAGE_SIZE
from proctor_results.formats.times import format_time
from tests.conftest import dependencies_of
from tests.support.operator_browser import OperatorBrowser
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected

HOSTILE_TEXT = '<script>alert("x")</script>'


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """SQLite is enough here: the queries are tested on both databases elsewhere."""
    (tmp_path / "pages.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'pages.db'}"


def test_the_newest_come_first_and_the_rest_on_further_pages(
    app: Flask, viewer_browser: OperatorBrowser
) -> None:
    for number in range(60):
        record(dependencies_of(app), body(identifier=f"exam-{number:02d}"))

    page = viewer_browser.get("/dashboard/sessions").text
    assert "exam-59" in page
    assert "exam-10" in page
    assert "exam-09" not in page
    assert "exam-09" in viewer_browser.get(f"/dashboard/sessions?after={10 + 1} ").text


def test_a_search_narrows_down(app: Flask, viewer_browser: OperatorBrowser) -> None:
    record(dependencies_of(app), rejected(identifier="exam-1", student="anna"))
    record(dependencies_of(app), body(identifier="exam-2", student="annabel"))

    assert "exam-2" not in viewer_browser.get("/dashboard/sessions?prefix=anna&hold=rejected").text
    assert "exam-1" in viewer_browser.get("/dashboard/sessions?prefix=anna&hold=rejected").text
    assert "No session matches" in viewer_browser.get("/dashboard/sessions?prefix=bert").text


@pytest.mark.parametrize(
    "query",
    ["prefix=%00", "status=nonsense", "after=x", "after=9999999999999999999 ", "exam=" + "x" * 201],
)
def test_an_invalid_search_shows_a_page(viewer_browser: OperatorBrowser, query: str) -> None:
    assert viewer_browser.get(f"/dashboard/sessions?{query}").status_code == 200


def test_a_session_says_why_it_is_locked(app: Flask, viewer_browser: OperatorBrowser) -> None:
    record(dependencies_of(app), body(averages={"c4": 45, "n1": 3}))

    page = viewer_browser.get(f"/dashboard/sessions/{IDENTIFIER}").text

    assert "Why the exam is locked" in page
    assert "average of c4 is 45, allowed below 20" in page
    assert "someone-else: hold from 20 %" in page


def test_what_learners_and_vendors_send_is_shown_as_text(
    app: Flask, viewer_browser: OperatorBrowser
) -> None:
    texts = dict.fromkeys(("comment", "student", "proctor"), HOSTILE_TEXT)
    record(dependencies_of(app), body(status="rejected", link="javascript:alert(1)", **texts))

    for path in ("/dashboard/sessions", f"/dashboard/sessions/{IDENTIFIER}"):
        page = viewer_browser.get(path).text
        assert "&lt;script&gt;alert(" in page
        assert "<script>alert(" not in page
        assert 'href="javascript:' not in page


def test_a_truncated_list_shows_its_total(app: Flask, viewer_browser: OperatorBrowser) -> None:
    for number in range(PAGE_SIZE + 1):
        record(
            dependencies_of(app),
            (accepted, rejected)[number % 2](
                signed_at=format_time(NOW + timedelta(seconds=number))
            ),
        )

    page = viewer_browser.get(f"/dashboard/sessions/{IDENTIFIER}").text

    assert "the newest 200 of 201 receipts" in page
    assert "the newest 200 of 201 decisions" in page
    assert "attempts;" not in page
    assert ('id="receipt-201"' in page, 'id="receipt-1"' in page) == (True, False)
    assert ('id="decision-201"' in page, 'id="decision-1"' in page) == (True, False)


def test_a_complete_list_shows_no_total(app: Flask, viewer_browser: OperatorBrowser) -> None:
    record(dependencies_of(app), rejected())

    assert "newest" not in viewer_browser.get(f"/dashboard/sessions/{IDENTIFIER}").text


def test_a_receipt_shows_its_body_as_text(app: Flask, viewer_browser: OperatorBrowser) -> None:
    record(dependencies_of(app), body(comment=HOSTILE_TEXT))

    page = viewer_browser.get(f"/dashboard/sessions/{IDENTIFIER}/receipts/1").text

    assert "&lt;script&gt;alert(" in page
    assert "<script>alert(" not in page


def test_a_receipt_is_saved_byte_by_byte_and_never_shown_by_the_browser(
    app: Flask, viewer_browser: OperatorBrowser
) -> None:
    record(dependencies_of(app), SAMPLE)

    response = viewer_browser.get(f"/dashboard/sessions/{IDENTIFIER}/receipts/1/body")

    assert response.data == SAMPLE
    assert response.content_type == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="receipt-1.bin"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "sessions/unknown",
        f"sessions/{IDENTIFIER}/receipts/2",
        "sessions/other/receipts/1",
        "nowhere",
    ],
)
def test_an_unknown_page_is_not_found(
    app: Flask, viewer_browser: OperatorBrowser, path: str
) -> None:
    record(dependencies_of(app), SAMPLE)

    assert viewer_browser.get(f"/dashboard/{path}").status_code == 404


def test_the_pages_run_nothing_inline_and_load_nothing_from_elsewhere(
    viewer_browser: OperatorBrowser,
) -> None:
    response = viewer_browser.get("/dashboard/sessions")

    assert (
        "default-src 'none'; script-src 'self'; style-src 'self'"
        in response.headers["Content-Security-Policy"]
    )
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "//" not in response.text.replace("<!doctype html>", "")
    assert "style=" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_without_the_database_a_page_says_so(
    app: Flask, viewer_browser: OperatorBrowser, tmp_path: Path
) -> None:
    dependencies_of(app).database.close()
    (tmp_path / "pages.db").unlink()

    response = viewer_browser.get("/dashboard/sessions")

    assert response.status_code == 503
    assert "The database cannot be reached" in response.text
