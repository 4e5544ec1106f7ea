"""What the demo prints: how the sessions ended for the LMS, and what to try next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proctor_results.sandbox.demo.operators import Account
from proctor_results.sandbox.demo.premises import Premises
from proctor_results.sandbox.expected import Expected
from proctor_results.sandbox.table import table

Json = Mapping[str, Any]


def in_short(outcome: str, holds: Sequence[str]) -> str:
    """`pending, locked: disconnected` or `pending, open`; `holds` are their kinds."""
    return f"{outcome}, {'locked: ' + ', '.join(holds) if holds else 'open'}"


def what_was_told(played: Sequence[Expected], lms: Mapping[str, Json]) -> str:
    """One line for each session: what it shows, and what the LMS holds of it."""
    rows = ((each.identifier, each.shows, *_held(lms[each.identifier])) for each in played)
    return table(("session", "what it shows", "outcome", "exam", "why"), rows)


def _held(session: Json) -> tuple[str, str, str]:
    exam = "locked" if session["locked"] else "open"
    return session["outcome"], exam, "; ".join(_why(session))


def _why(session: Json) -> Iterator[str]:
    """The holds where there are any: they quote the verdict or the rule that caused them."""
    return (each["detail"] for each in session["holds"] or session["reasons"])


def invitation(premises: Premises, played: Sequence[Expected], account: Account) -> str:
    """Where to look and what to paste while everything is up."""
    rejected = next(each.identifier for each in played if each.outcome == "rejected")
    return f"""
Everything stays up until Ctrl-C. Open
  {premises.web + "/dashboard":<33}  for the exam office: sign in as {account.name}, password {account.password}
  {premises.web + "/docs":<33}  the API, described
  {premises.lms + "/":<33}  what the sandbox LMS was told
The logs of the three processes are in {premises.folder}.

Ask as the LMS does:
  curl -H 'Authorization: Bearer {premises.lms_key}' {premises.web}/sessions/{rejected}
Overrule the rejection as the proctoring server does:
  curl -H 'X-Api-Key: {premises.vendor_key}' -H 'Content-Type: application/json' \\
    -d '{{"identifier": "{rejected}", "status": "accepted", "signedAt": "'$(date -u +%FT%TZ)'"}}' \\
    {premises.web}/webhooks/supervisor
Let the LMS fail three times, and post again:
  curl -H 'Content-Type: application/json' -d '{{"status": 503, "times": 3}}' {premises.lms}/behave
"""
