"""A session: one learner's one proctored sitting of one exam, as far as it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from proctor_results.formats.json_value import Json
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.report import Precedence


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something was decided: a rule, a text and, where the rule measures, value and limit."""

    rule: str
    detail: str
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A policy rule that fired on a report of the session, with the worst value reported."""

    rule: str
    action: RuleAction
    value: float
    limit: float
    detail: str

    @property
    def reason(self) -> Reason:
        return Reason(rule=self.rule, detail=self.detail, value=self.value, limit=self.limit)

    @property
    def severity(self) -> float:
        return abs(self.value - self.limit)


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One reason why the exam is locked. A `disconnected` hold names the launch that timed out."""

    kind: HoldKind
    since: datetime
    reasons: tuple[Reason, ...]
    launch: int | None = None

    @property
    def detail(self) -> str:
        """The texts of its reasons."""
        return "; ".join(reason.detail for reason in self.reasons)


@dataclass(frozen=True, kw_only=True)
class Override:
    """An outcome that an operator set, with the time and the reason."""

    outcome: Outcome
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session at one revision.

    `facts` are named as in `Report.facts`; `precedences` says how new each of them is.
    `lms_attributes` is what the LMS sent with its launches: `student`, `exam`, `course`, `activity`
    and more; `browser_attributes` is what the learner's browser calls the same, used where the LMS
    left a name open. `released_triggers` holds, for each kind of hold that an operator released,
    the evidence for it: the same evidence does not open it again. `override` is the last one set;
    `active_override` says whether it stands. `final_at` is when the outcome becomes final, if it is
    not so yet; `revised` says whether a final outcome was ever changed. `lock_was_sent` says
    whether the LMS was ever to be notified of a lock.
    """

    identifier: str
    vendor: str
    lms_attributes: Mapping[str, Json] = field(default_factory=dict)
    browser_attributes: Mapping[str, Json] = field(default_factory=dict)
    launch_count: int = 0
    facts: Mapping[str, Json] = field(default_factory=dict)
    precedences: Mapping[str, Precedence] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    outcome: Outcome = Outcome.PENDING
    reasons: tuple[Reason, ...] = ()
    holds: tuple[Hold, ...] = ()
    released_triggers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    override: Override | None = None
    final_at: datetime | None = None
    revised: bool = False
    lock_was_sent: bool = False
    revision: int = 0
    updated_at: datetime

    @cached_property
    def status(self) -> Status:
        return Status(str(self.facts.get("status", Status.CREATED)))

    @property
    def student(self) -> Json:
        """The learner's name, from the LMS or else from the vendor."""
        return self.lms_attributes.get("student") or self.facts.get("student")

    @property
    def exam(self) -> Json:
        """The exam's name. It does not select the policy: see `Policy.for_session`."""
        return self.attribute("exam")

    @property
    def locked(self) -> bool:
        return bool(self.holds)

    @property
    def final(self) -> bool:
        """Whether the outcome is decided and its window has passed; it may still be revised."""
        return self.outcome is not Outcome.PENDING and self.final_at is None

    def next_revision(self, before: "Session", now: datetime) -> "Session":
        """Return this session as the revision that follows `before`."""
        lock_was_sent = before.lock_was_sent or self.locked
        return replace(
            self, revision=before.revision + 1, updated_at=now, lock_was_sent=lock_was_sent
        )

    def open_hold(self, kind: HoldKind) -> Hold | None:
        """Return the open hold of that kind, or None."""
        return next((hold for hold in self.holds if hold.kind is kind), None)

    def attribute(self, name: str) -> Json:
        """Return what the LMS, or else the learner's browser, says of exam, course or activity."""
        return self.lms_attributes.get(name) or self.browser_attributes.get(name)

    def facts_in(self, group: str) -> dict[str, Json]:
        """Return the facts of one group, `averages` or `extra`, by their own names."""
        prefix = f"{group}."
        return {
            key.removeprefix(prefix): value
            for key, value in self.facts.items()
            if key.startswith(prefix)
        }
