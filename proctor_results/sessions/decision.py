"""A decision about a session, and everything that is stored together with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.formats.json_value import Json
from proctor_results.sessions.enums import Cause, Outcome, Topic
from proctor_results.sessions.model import Hold, Reason, Session
from proctor_results.sessions.receipt import Receipt


@dataclass(frozen=True, kw_only=True)
class DecisionSource:
    """The cause of a decision. `actor` and `note` are an operator's own words.

    `inputs` is what is needed to evaluate the same again, beside the session and the receipt.
    """

    cause: Cause
    actor: str | None = None
    note: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A change of outcome, of open holds or of fired rules, or whatever else no report caused.

    `reasons` come in this order: why the outcome is what it is, the rules that have fired, other
    reasons for opened holds. `policy_sha256` names the policy that decided. `revised` says whether
    a final outcome was changed; `final_at` is when an outcome that is not final yet becomes so.
    """

    at: datetime
    revision: int
    outcome_before: Outcome
    outcome: Outcome
    opened: tuple[Hold, ...]
    closed: tuple[Hold, ...]
    reasons: tuple[Reason, ...]
    policy_sha256: str
    revised: bool
    final_at: datetime | None = None
    source: DecisionSource

    @property
    def final(self) -> bool:
        return self.outcome is not Outcome.PENDING and self.final_at is None


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """All that one step stores: a receipt, the session's next revision, and the decision.

    A request that changed nothing has only a receipt; an event that was no request has none.
    `due_deliveries` are the (target, topic) pairs to notify of the session as it now is;
    `request_id` is that of the request behind it.
    """

    receipt: Receipt | None = None
    session: Session | None = None
    decision: Decision | None = None
    due_deliveries: tuple[tuple[str, Topic], ...] = ()
    request_id: str | None = None
