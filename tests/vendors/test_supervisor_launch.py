"""Letting a learner sit with Supervisor: token, links and the HTML of the exam page."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from proctor_results.vendors.launch import Launcher, LaunchOrder, Page, VendorLaunch
from proctor_results.vendors.supervisor_launch import SupervisorAccount
from proctor_results.vendors.supervisor_token import UnreadableToken, read, sign

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
SAMPLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "samples/supervisor_jwt_payload_seed.json").read_text()
)

GUIDES_KEY = "eexae8phah3Pha1iereez3oo"
GUIDES_TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJ1c2VybmFtZSI6ImEzNGMxYTFhLTUzZWYtNDcyOC04ZGM1LTljNDc3OWE4NTg2ZSIsIm5pY2tuYW1lIjoiSm9obiBEb2UiLCJpZGVudGlmaWVy"
    "IjoiNTY1YjMwYjgtNWNmYi00MmUyLWEyOTItNDc4ZDIwNjMwZDFiIiwidGVtcGxhdGUiOiJkZWZhdWx0Iiwic3ViamVjdCI6IlR1dG9yaWFsOiBwcm9j"
    "dG9yaW5nIiwidGFncyI6WyJtYWxlIl19"
    ".Sr3fp-kzjVPZX4pvKgF7zzhIblJMA1eT7gKhJgSYIXU"
)

ACCOUNT = SupervisorAccount(url="https://proctoring.example", secret="a secret of the vendor's server, long enough")
PAGE = Page(
    reconnect_url="https://results.example/reconnect.js",
    integrity="sha384-abc+/=",
    heartbeats_url="https://results.example/sessions/s-1/heartbeats",
    metrics_url="https://results.example/sessions/s-1/metrics",
    token="launch.token",
    every_ms=10_000,
)
ORDER = LaunchOrder(identifier="s-1", student="learner_7")
FULL = LaunchOrder(
    identifier="s-1",
    student="learner-7",
    nickname="Жанна «д'Арк» </script>",
    course="course-1",
    exam="exam-1",
    subject="Physics: finals",
    template="strict",
    deadline=NOW + timedelta(hours=2),
    timeout=15,
    tags=("male", "2026"),
    invites=("proctor1", "proctor-2"),
    labels=("a label",),
    lang="en",
    group="10 B",
    referrer="https://lms.example/done?a=1&b=2",
    url="https://lms.example/exam",
    api="https://results.example/webhooks/supervisor",
    expires=NOW + timedelta(hours=3),
    proctor="proctor1",
)


def launched(order: LaunchOrder = ORDER, page: Page = PAGE, account: Launcher = ACCOUNT) -> VendorLaunch:
    assert account.faults(order, NOW) == {}
    return account.launch(order, page, NOW)


def payload(token: str) -> dict[str, Any]:
    return read(token, ACCOUNT.secret)


def test_the_guides_payload_and_secret_make_the_guides_token() -> None:
    assert sign(SAMPLE, GUIDES_KEY) == GUIDES_TOKEN


def test_an_order_for_the_guides_sitting_says_what_the_guide_says_and_when_it_ends() -> None:
    said_by_us: Any = {"student": SAMPLE["username"], **SAMPLE, "tags": tuple(SAMPLE["tags"])}
    del said_by_us["username"]
    account = replace(ACCOUNT, secret=GUIDES_KEY)

    said = read(account.launch(LaunchOrder(**said_by_us), PAGE, NOW).token, GUIDES_KEY)

    assert said.pop("exp") == int((NOW + DAY).timestamp())
    assert sign(said, GUIDES_KEY) == GUIDES_TOKEN


@pytest.mark.parametrize("secret", [GUIDES_KEY, "-----BEGIN PUBLIC KEY-----", "ssh-rsa AAAA", "пароль"])
def test_a_secret_is_taken_as_the_vendor_gave_it_out(secret: str, recwarn: pytest.WarningsRecorder) -> None:
    assert read(sign(SAMPLE, secret), secret) == SAMPLE
    assert list(recwarn) == []


def test_everything_ordered_is_in_the_token_by_the_guides_names_and_in_its_order() -> None:
    said = payload(launched(FULL).token)

    assert list(said.items()) == [
        ("exp", int((NOW + timedelta(hours=3)).timestamp())),
        ("username", "learner-7"),
        ("nickname", "Жанна «д'Арк» </script>"),
        ("group", "10 B"),
        ("labels", ["a label"]),
        ("lang", "en"),
        ("referrer", "https://lms.example/done?a=1&b=2"),
        ("identifier", "s-1"),
        ("template", "strict"),
        ("subject", "Physics: finals"),
        ("timeout", 15),
        ("deadline", "2026-03-02T11:00:00.123Z"),
        ("invites", ["proctor1", "proctor-2"]),
        ("tags", ["male", "2026"]),
        ("url", "https://lms.example/exam"),
        ("api", "https://results.example/webhooks/supervisor"),
    ]


def test_what_is_not_ordered_is_left_out() -> None:
    assert payload(launched().token).keys() == {"exp", "username", "identifier", "template"}


EXPIRIES = {
    "a day from now": ({}, NOW + DAY),
    "a day after the deadline, so that a page refreshed in the middle of the exam resumes": (
        {"deadline": NOW + timedelta(days=30)},
        NOW + timedelta(days=31),
    ),
    "as ordered": ({"expires": NOW + timedelta(minutes=5)}, NOW + timedelta(minutes=5)),
}


@pytest.mark.parametrize(("ordered", "expires"), EXPIRIES.values(), ids=EXPIRIES)
def test_the_token_goes_stale(ordered: dict[str, datetime], expires: datetime) -> None:
    made = launched(replace(ORDER, **ordered))  # type: ignore[arg-type]  # datetimes for fields that are datetimes
    assert payload(made.token)["exp"] == int(expires.timestamp())
    assert made.expires == expires


FAULTS: dict[str, tuple[str, Any]] = {
    "a dot in the identifier": ("identifier", "exam.7"),
    "an identifier of nothing": ("identifier", ""),
    "a line break after the identifier": ("identifier", "s-1\n"),
    "a slash in the student": ("student", "a/b"),
    "a letter beyond ASCII in the student": ("student", "жанна"),
    "a digit beyond ASCII in the student": ("student", "٣"),
    "a space in the template": ("template", "my template"),
    "an at sign in one of the invites": ("invites", ("proctor1", "p@example.org")),
    "a proctor with a quote": ("proctor", 'p"'),
    "a deadline that has passed": ("deadline", NOW - timedelta(seconds=1)),
    "a deadline that is now": ("deadline", NOW),
    "a deadline beyond all plans": ("deadline", NOW + timedelta(days=367)),
    "an expiry that has passed": ("expires", NOW - DAY),
    "an expiry that is now": ("expires", NOW),
    "an expiry beyond all plans": ("expires", datetime(9999, 12, 31, tzinfo=UTC)),
    "no time at all": ("timeout", 0),
    "less than no time": ("timeout", -5),
    "a part of a minute": ("timeout", 1.5),
    "a yes for a number": ("timeout", True),
    "a page that is a script": ("referrer", "javascript:alert(1)"),
    "a page without a host": ("url", "https:///exam"),
    "an address that is none": ("api", "http://[::1/"),
    "an address with a space": ("api", "https://results.example/a b"),
}


@pytest.mark.parametrize(("field", "value"), FAULTS.values(), ids=FAULTS)
def test_what_the_vendor_would_not_take_is_named_by_our_name_for_it(field: str, value: object) -> None:
    order = replace(FULL, **{field: value})  # type: ignore[arg-type]  # wrong on purpose
    errors = ACCOUNT.faults(order, NOW)
    assert errors.keys() == {field}
    assert all(errors[field])


def test_every_fault_is_named_at_once() -> None:
    order = replace(FULL, identifier="a b", invites=("x", "y z", "ж"), timeout=0)
    errors = ACCOUNT.faults(order, NOW)
    assert errors.keys() == {"identifier", "invites", "timeout"}
    assert errors["invites"][0].endswith("wrong: number 2, 3.")


def test_the_links_are_the_guides() -> None:
    made = launched(account=replace(ACCOUNT, provider="our jwt"))
    assert made.link == f"https://proctoring.example/api/auth/our%20jwt?token={made.token}"
    assert made.report == "https://proctoring.example/api/report/s-1"
    assert made.proctor_link is None


def test_a_proctors_link_opens_this_sitting_for_that_proctor() -> None:
    link = launched(FULL).proctor_link or ""
    address, _, token = link.partition("?token=")
    assert address == "https://proctoring.example/api/auth/jwt"
    exp = int((NOW + timedelta(hours=3)).timestamp())
    assert payload(token) == {"exp": exp, "username": "proctor1", "role": "proctor", "identifier": "s-1"}


def test_another_secret_does_not_read_the_token() -> None:
    with pytest.raises(UnreadableToken):
        read(launched().token, "another secret, as long as the first one is")


def test_a_rehearsal_finds_nothing_missing() -> None:
    assert ACCOUNT.rehearse(NOW) == []


def test_secrets_and_tokens_are_not_shown() -> None:
    shown = repr((ACCOUNT, launched(FULL), PAGE))
    assert ACCOUNT.secret not in shown
    assert "launch.token" not in shown
    assert "eyJ" not in shown


class Scripts(HTMLParser):
    """What a browser makes of a piece of HTML: its scripts, by attributes and text, and whatever else there is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


RECONNECT = {
    "src": "https://results.example/reconnect.js",
    "integrity": "sha384-abc+/=",
    "crossorigin": "anonymous",
    "data-heartbeats": "https://results.example/sessions/s-1/heartbeats",
    "data-metrics": "https://results.example/sessions/s-1/metrics",
    "data-token": "launch.token",
    "data-every-ms": "10000",
}
SDK = {"src": "https://proctoring.example/sdk/supervisor.js"}


def test_the_script_form_loads_both_scripts_then_inits_and_starts_and_can_stop_and_log_out() -> None:
    made = launched()
    page = Scripts(made.script_html)

    assert page.tags == [("script", SDK), ("script", RECONNECT), ("script", {})]
    assert 'new Supervisor({url: "https://proctoring.example"})' in page.text
    assert f'supervisor.init({{provider: "jwt", token: "{made.token}"}})' in page.text
    calls = re.findall(r"supervisor\.(\w+)\(", page.text)
    assert calls == ["on", "init", "start", "stop", "logout"]


def test_the_attributes_form_says_the_same_in_attributes() -> None:
    made = launched(FULL)
    attributes = {"data-supervisor": "start", "data-provider": "jwt", "data-token": made.token}

    assert Scripts(made.attributes_html).tags == [
        ("script", {**SDK, **attributes, "data-referrer": "https://lms.example/done?a=1&b=2"}),
        ("script", RECONNECT),
    ]


HOSTILE = "</script><script>alert(1)</script><!--<script>\"'&amp;\u2028${x}$y\n"


def hostile_launch() -> VendorLaunch:
    """Every text that a person could have written is hostile, and those of the settings are too."""
    free = ("nickname", "course", "exam", "subject", "lang", "group")
    order = replace(FULL, **dict.fromkeys(free, HOSTILE), tags=(HOSTILE,), labels=(HOSTILE,))  # type: ignore[arg-type]
    order = replace(order, referrer="https://lms.example/\"'><script>alert(1)</script>&amp;")
    page = Page(**{name: 1 if name == "every_ms" else HOSTILE for name in vars(PAGE)})  # type: ignore[arg-type]
    return launched(order, page, replace(ACCOUNT, url=HOSTILE, provider=HOSTILE))


@pytest.mark.parametrize("form", ["script_html", "attributes_html"])
def test_no_field_breaks_out_of_the_html(form: str) -> None:
    made = hostile_launch()
    page = Scripts(getattr(made, form))

    assert [tag for tag, _ in page.tags] == ["script"] * (3 if form == "script_html" else 2)
    assert all(attributes.get("src", HOSTILE).startswith(HOSTILE) for _, attributes in page.tags)  # type: ignore[union-attr]
    assert "alert(1)</script>" not in getattr(made, form)
    assert "<!--" not in getattr(made, form)


def test_hostile_texts_arrive_as_they_were_written() -> None:
    made = hostile_launch()
    said = payload(made.token)
    literals = re.findall(r"\"(?:[^\"\\\n]|\\.)*\"", Scripts(made.script_html).text)

    assert (said["nickname"], said["tags"]) == (HOSTILE, [HOSTILE])
    assert [json.loads(each) for each in literals].count(HOSTILE) == 2
