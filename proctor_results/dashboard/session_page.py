"""`/dashboard/sessions/<identifier>`: one session with its history, and its receipts."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template

from proctor_results.api.context import api_context
from proctor_results.dashboard.queries.session_details import get_receipt, get_session_details
from proctor_results.dashboard.timeline import build_timeline
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES
from proctor_results.operators.access import viewer_required
from proctor_results.policies.model import AverageRule, ExamPolicy
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.evaluate import active_override

session = Blueprint("session", __name__)

MAX_SHOWN_BYTES = 64 * 1024
"""A receipt's page shows this much of its body; the download has all of it."""

_PATH = "/dashboard/sessions/<identifier:identifier>"
_RECEIPT_PATH = f"{_PATH}/receipts/<int(max={2**63 - 1}):receipt_id>"


@session.route(_PATH)
@viewer_required
def show(identifier: str) -> str:
    """Show everything that is known about the session."""
    details = get_session_details(api_context().deps, identifier) or abort(404)
    return render_template(
        "dashboard/session.html",
        details=details,
        session=details.session,
        bars=build_average_bars(details.session, details.policy),
        events=build_timeline(details),
        override=active_override(details.session),
        outcomes=OVERRIDE_OUTCOMES,
    )


@session.route(_RECEIPT_PATH)
@viewer_required
def show_receipt(identifier: str, receipt_id: int) -> str:
    """Show the receipt with its body as text; bytes that are not UTF-8 become question marks."""
    receipt = get_receipt(api_context().deps, identifier, receipt_id) or abort(404)
    body = bytes(receipt.body or b"")
    return render_template(
        "dashboard/receipt.html",
        identifier=identifier,
        receipt=receipt,
        body_text=body[:MAX_SHOWN_BYTES].decode("utf-8", "replace"),
        is_truncated=len(body) > MAX_SHOWN_BYTES,
    )


@session.route(f"{_RECEIPT_PATH}/body")
@viewer_required
def download_body(identifier: str, receipt_id: int) -> Response:
    """Send the body as a file, which the browser never runs or displays."""
    receipt = get_receipt(api_context().deps, identifier, receipt_id) or abort(404)
    response = Response(bytes(receipt.body or b""), content_type="application/octet-stream")
    file_name = f"receipt-{receipt_id}.bin"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


@dataclass(frozen=True, kw_only=True)
class AverageBar:
    """One metric's average in per cent, and the rules that limit it, the lowest limit first."""

    metric: str
    average: float
    rules: tuple[AverageRule, ...]
    reached_rules: tuple[AverageRule, ...]


def build_average_bars(session: Session, policy: ExamPolicy) -> list[AverageBar]:
    """Compare each average with the exam's policy: those above a limit first, then the highest."""
    average_bars = [
        _average_bar(metric, float(average), policy)
        for metric, average in session.facts_in("averages").items()
        if isinstance(average, int | float)
    ]
    return sorted(average_bars, key=lambda bar: (-len(bar.reached_rules), -bar.average, bar.metric))


def _average_bar(metric: str, average: float, policy: ExamPolicy) -> AverageBar:
    average_rules = [rule for rule in policy.rules if isinstance(rule, AverageRule)]
    own_rules = [rule for rule in average_rules if rule.metric == metric]
    return AverageBar(
        metric=metric,
        average=average,
        rules=tuple(sorted(own_rules, key=lambda rule: rule.at_least)),
        reached_rules=tuple(rule for rule in own_rules if average >= rule.at_least),
    )
