"""Launches at Supervisor: token, links and the HTML of the exam page."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from proctor_results.vendors.launch import (
    ExamPageConfig,
    Launcher,
    LaunchRequest,
    VendorLaunch,
)
from proctor_results.vendors.supervisor.launch import SupervisorLauncher
from proctor_results.vendors.supervisor.token import UnreadableToken, sign, verify

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
SAMPLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "samples/supervisor_jwt_payload_seed.json").read_text()
)

GUIDE_SECRET = "eexae8phah3Pha1iereez3oo"
GUIDE_TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJ1c2VybmFtZSI6ImEzNGMxYTFhLTUzZWYtNDcyOC04ZGM1LTljNDc3OWE4NTg2ZSIsIm5pY2tuYW1lIjoiSm9obiBEb2UiLCJpZGVudGlmaWVy"
    "IjoiNTY1YjMwYjgtNWNmYi00MmUyLWEyOTItNDc4ZDIwNjMwZDFiIiwidGVtcGxhdGUiOiJkZWZhdWx0Iiwic3ViamVjdCI6IlR1dG9yaWFsOiBwcm9j"
    "dG9yaW5nIiwidGFncyI6WyJtYWxlIl19"
    ".Sr3fp-kzjVPZX4pvKgF7zzhIblJMA1eT7gKhJgSYIXU"
)

ACCOUNT = SupervisorLauncher(
    url="https://proctoring.example", secret="a secret of the vendor's server, long enough"
)
PAGE = ExamPageConfig(
    reconnect_url="https://results.example/reconnect.js",
    integrity="sha384-abc+/=",
    heartbeats_url="https://results.example/sessions/s-1/heartbeats",
    metrics_url="https://results.example/sessions/s-1/metrics",
    token="launch.token",
    heartbeat_interval_ms=10_000,
)
MINIMAL_REQUEST = LaunchRequest(identifier="s-1", student="learner_7")
FULL_REQUEST = LaunchRequest(
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


def launch(
    launch_request: LaunchRequest = MINIMAL_REQUEST,
    page: ExamPageConfig = PAGE,
    account: Launcher = ACCOUNT,
) -> VendorLaunch:
    assert account.validation_errors(launch_request, NOW) == {}
    return account.launch(launch_request, page, NOW)


def token_claims(token: str) -> dict[str, Any]:
    return verify(token, ACCOUNT.secret)


def test_the_guides_payload_and_secret_make_the_guides_token() -> None:
    assert sign(SAMPLE, GUIDE_SECRET) == GUIDE_TOKEN


def test_a_launch_with_the_guides_values_makes_the_guides_token_with_an_expiry() -> None:
    fields: Any = {"student": SAMPLE["username"], **SAMPLE, "tags": tuple(SAMPLE["tags"])}
    del fields["username"]
    account = replace(ACCOUNT, secret=GUIDE_SECRET)

    claims = verify(account.launch(LaunchRequest(**fields), PAGE, NOW).token, GUIDE_SECRET)

    assert claims.pop("exp") == int((NOW + DAY).timestamp())
    assert sign(claims, GUIDE_SECRET) == GUIDE_TOKEN


@pytest.mark.parametrize(
    "secret", [GUIDE_SECRET, "-----BEGIN PUBLIC KEY-----", "ssh-rsa AAAA", "пароль"]
)
def test_a_secret_is_used_exactly_as_the_vendor_issued_it(
    secret: str, recwarn: pytest.WarningsRecorder
) -> None:
    assert verify(sign(SAMPLE, secret), secret) == SAMPLE
    assert list(recwarn) == []


def test_every_launch_field_is_in_the_token_under_the_guides_names_and_order() -> None:
    claims = token_claims(launch(FULL_REQUEST).token)

    assert list(claims.items()) == [
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


def test_fields_that_are_not_set_are_left_out() -> None:
    assert token_claims(launch().token).keys() == {"exp", "username", "identifier", "template"}


TOKEN_EXPIRIES = {
    "a day from now": ({}, NOW + DAY),
    "a day after the deadline, so that a page refreshed in the middle of the exam resumes": (
        {"deadline": NOW + timedelta(days=30)},
        NOW + timedelta(days=31),
    ),
    "as fields": ({"expires": NOW + timedelta(minutes=5)}, NOW + timedelta(minutes=5)),
}


@pytest.mark.parametrize(("fields", "expires"), TOKEN_EXPIRIES.values(), ids=TOKEN_EXPIRIES)
def test_the_token_expires(fields: dict[str, datetime], expires: datetime) -> None:
    vendor_launch = launch(replace(MINIMAL_REQUEST, **fields))  # type: ignore[arg-type]  # datetimes for fields that are datetimes
    assert token_claims(vendor_launch.token)["exp"] == int(expires.timestamp())
    assert vendor_launch.expires == expires


INVALID_FIELDS: dict[str, tuple[str, Any]] = {
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


@pytest.mark.parametrize(("field", "value"), INVALID_FIELDS.values(), ids=INVALID_FIELDS)
def test_an_invalid_field_is_named_by_our_field_name(field: str, value: object) -> None:
    launch_request = replace(FULL_REQUEST, **{field: value})  # type: ignore[arg-type]  # wrong on purpose
    errors = ACCOUNT.validation_errors(launch_request, NOW)
    assert errors.keys() == {field}
    assert all(errors[field])


def test_every_invalid_field_is_named_at_once() -> None:
    launch_request = replace(FULL_REQUEST, identifier="a b", invites=("x", "y z", "ж"), timeout=0)
    errors = ACCOUNT.validation_errors(launch_request, NOW)
    assert errors.keys() == {"identifier", "invites", "timeout"}
    assert errors["invites"][0].endswith("wrong: number 2, 3.")


def test_the_links_are_the_guides() -> None:
    vendor_launch = launch(account=replace(ACCOUNT, provider="our jwt"))
    assert (
        vendor_launch.link
        == f"https://proctoring.example/api/auth/our%20jwt?token={vendor_launch.token}"
    )
    assert vendor_launch.report == "https://proctoring.example/api/report/s-1"
    assert vendor_launch.proctor_link is None


def test_a_proctors_link_opens_this_sitting_for_that_proctor() -> None:
    link = launch(FULL_REQUEST).proctor_link or ""
    address, _, token = link.partition("?token=")
    assert address == "https://proctoring.example/api/auth/jwt"
    exp = int((NOW + timedelta(hours=3)).timestamp())
    assert token_claims(token) == {
        "exp": exp,
        "username": "proctor1",
        "role": "proctor",
        "identifier": "s-1",
    }


def test_another_secret_does_not_read_the_token() -> None:
    with pytest.raises(UnreadableToken):
        verify(launch().token, "another secret, as long as the first one is")


def test_a_test_launch_succeeds() -> None:
    assert ACCOUNT.self_test(NOW) == []


def test_secrets_and_tokens_are_not_shown() -> None:
    representation = repr((ACCOUNT, launch(FULL_REQUEST), PAGE))
    assert ACCOUNT.secret not in representation
    assert "launch.token" not in representation
    assert "eyJ" not in representation


class ParsedHtml(HTMLParser):
    """Parse HTML into its scripts, with attributes and text, and its other tags."""

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


RECONNECT_ATTRIBUTES = {
    "src": "https://results.example/reconnect.js",
    "integrity": "sha384-abc+/=",
    "crossorigin": "anonymous",
    "data-heartbeats": "https://results.example/sessions/s-1/heartbeats",
    "data-metrics": "https://results.example/sessions/s-1/metrics",
    "data-token": "launch.token",
    "data-interval-ms": "10000",
    "data-vendor-client": "supervisor",
}
SDK_ATTRIBUTES = {"src": "https://proctoring.example/sdk/supervisor.js"}


def test_the_script_form_loads_both_scripts_then_inits_and_starts_and_can_stop_and_log_out() -> (
    None
):
    vendor_launch = launch()
    page = ParsedHtml(vendor_launch.script_html)

    assert page.tags == [
        ("script", SDK_ATTRIBUTES),
        ("script", RECONNECT_ATTRIBUTES),
        ("script", {}),
    ]
    assert 'new Supervisor({url: "https://proctoring.example"})' in page.text
    assert f'supervisor.init({{provider: "jwt", token: "{vendor_launch.token}"}})' in page.text
    calls = re.findall(r"supervisor\.(\w+)\(", page.text)
    assert calls == ["on", "init", "start", "stop", "logout"]


def test_the_attributes_form_says_the_same_in_attributes() -> None:
    vendor_launch = launch(FULL_REQUEST)
    attributes = {
        "data-supervisor": "start",
        "data-provider": "jwt",
        "data-token": vendor_launch.token,
    }

    assert ParsedHtml(vendor_launch.attributes_html).tags == [
        (
            "script",
            {**SDK_ATTRIBUTES, **attributes, "data-referrer": "https://lms.example/done?a=1&b=2"},
        ),
        ("script", RECONNECT_ATTRIBUTES),
    ]


HOSTILE_TEXT = "</script><script>alert(1)</script><!--<script>\"'&amp;\u2028${x}$y\n"


def launch_with_hostile_texts() -> VendorLaunch:
    """Every text of the request and of the settings is hostile."""
    free_text_fields = ("nickname", "course", "exam", "subject", "lang", "group")
    launch_request = replace(
        FULL_REQUEST,
        **dict.fromkeys(free_text_fields, HOSTILE_TEXT),  # type: ignore[arg-type]
        tags=(HOSTILE_TEXT,),
        labels=(HOSTILE_TEXT,),
    )
    launch_request = replace(
        launch_request, referrer="https://lms.example/\"'><script>alert(1)</script>&amp;"
    )
    page = ExamPageConfig(
        **{name: 1 if name == "heartbeat_interval_ms" else HOSTILE_TEXT for name in vars(PAGE)}  # type: ignore[arg-type]
    )
    return launch(launch_request, page, replace(ACCOUNT, url=HOSTILE_TEXT, provider=HOSTILE_TEXT))


@pytest.mark.parametrize("form", ["script_html", "attributes_html"])
def test_no_field_breaks_out_of_the_html(form: str) -> None:
    vendor_launch = launch_with_hostile_texts()
    page = ParsedHtml(getattr(vendor_launch, form))

    assert [tag for tag, _ in page.tags] == ["script"] * (3 if form == "script_html" else 2)
    assert all((tag.get("src") or HOSTILE_TEXT).startswith(HOSTILE_TEXT) for _, tag in page.tags)
    assert "alert(1)</script>" not in getattr(vendor_launch, form)
    assert "<!--" not in getattr(vendor_launch, form)


def test_hostile_texts_arrive_as_they_were_written() -> None:
    vendor_launch = launch_with_hostile_texts()
    claims = token_claims(vendor_launch.token)
    literals = re.findall(r"\"(?:[^\"\\\n]|\\.)*\"", ParsedHtml(vendor_launch.script_html).text)

    assert (claims["nickname"], claims["tags"]) == (HOSTILE_TEXT, [HOSTILE_TEXT])
    assert [json.loads(literal) for literal in literals].count(HOSTILE_TEXT) == 2
