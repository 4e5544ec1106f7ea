"""Formats the demo's output: how the sessions ended at the LMS, and what to try next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.environment import DemoEnvironment
from demo.operators import OperatorAccount
from sandbox.expected_session import ExpectedSession
from sandbox.table import table

Json = Mapping[str, Any]


def session_summary(outcome: str, holds: Sequence[str]) -> str:
    """`pending, locked: disconnected` or `pending, open`; `holds` are their kinds."""
    return f"{outcome}, {'locked: ' + ', '.join(holds) if holds else 'open'}"


def sessions_table(
    expected_sessions: Sequence[ExpectedSession], lms_sessions: Mapping[str, Json]
) -> str:
    """Return one line for each session: description, and its state at the LMS."""
    rows = (
        (
            expected.identifier,
            expected.description,
            *_state_cells(lms_sessions[expected.identifier]),
        )
        for expected in expected_sessions
    )
    return table(("session", "description", "outcome", "exam", "why"), rows)


def _state_cells(session: Json) -> tuple[str, str, str]:
    lock_text = "locked" if session["locked"] else "open"
    return session["outcome"], lock_text, "; ".join(_reason_details(session))


def _reason_details(session: Json) -> Iterator[str]:
    """Return the details of the holds, or else of the reasons."""
    return (hold_or_reason["detail"] for hold_or_reason in session["holds"] or session["reasons"])


def next_steps(
    demo_environment: DemoEnvironment,
    expected_sessions: Sequence[ExpectedSession],
    account: OperatorAccount,
) -> str:
    """Return the addresses to open and the commands to try while the processes run."""
    rejected_identifier = next(
        expected.identifier for expected in expected_sessions if expected.outcome == "rejected"
    )
    web_url, sign_in = demo_environment.web_url, f"{account.name}, password {account.password}"
    session_url = f"{web_url}/sessions/{rejected_identifier}"
    return f"""
Everything stays up until Ctrl-C. Open
  {web_url + "/dashboard":<33}  for the exam office: sign in as {sign_in}
  {web_url + "/docs":<33}  the API, described
  {demo_environment.lms_url + "/":<33}  messages received by the sandbox LMS
The logs of the three processes are in {demo_environment.folder}.

Ask as the LMS does:
  curl -H 'Authorization: Bearer {demo_environment.lms_key}' {session_url}
Revise the verdict as the proctoring server does:
  curl -H 'X-Api-Key: {demo_environment.vendor_key}' -H 'Content-Type: application/json' \\
    -d '{{"identifier": "{rejected_identifier}", "status": "accepted",
         "signedAt": "'$(date -u +%FT%TZ)'"}}' \\
    {web_url}/webhooks/supervisor
Let the LMS fail three times, and post again:
  curl -H 'Content-Type: application/json' -d '{{"status": 503, "times": 3}}' \\
    {demo_environment.lms_url}/behaviour
"""
