"""One learner's one proctored sitting of one exam, as far as it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from proctor_results.formats.json_value import Json
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.rules.precedence import Precedence


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something was decided: a rule by name, in words and, where it measures, with its value and its bar."""

    rule: str
    detail: str
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A policy rule that fired on some report of the session, with the worst value ever reported."""

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
    """One kind of lock, with the reasons for it. A `disconnected` hold names the `launch` that fell silent."""

    kind: HoldKind
    since: datetime
    reasons: tuple[Reason, ...]
    launch: int | None = None

    @property
    def detail(self) -> str:
        """The reasons in words."""
        return "; ".join(reason.detail for reason in self.reasons)


@dataclass(frozen=True, kw_only=True)
class Override:
    """An operator's word on the outcome, given at a moment and for a reason."""

    outcome: Outcome
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session at one revision. `facts` are named as in `Report.facts`; `standings` says how new each of them is.

    `enrolment` is what the LMS said when it launched the session: `student`, `exam`, `course`, `activity` and more.
    `hearsay` is what the learner's browser says of the same; it names things where the LMS left them open, and no more.
    `launches` counts how often it did. `releases` holds, for each kind of hold that a person released, what had called
    for it: the same reason does not open it again. `override` is the last one given; whether it stands, `judge` says.
    While the outcome may still change without being called revised, `settles_at` says until when; `revised` is whether
    one that was final has ever changed. `ever_locked` is whether the LMS has ever had to hear of a lock.
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
        """Who sits the exam; the LMS knows better than the vendor."""
        return self.lms_attributes.get("student") or self.facts.get("student")

    @property
    def exam(self) -> Json:
        """Which exam, as the LMS calls it; no vendor knows. Which policy judges is not for hearsay: see `Policy.of`."""
        return self.attribute("exam")

    @property
    def locked(self) -> bool:
        return bool(self.holds)

    @property
    def final(self) -> bool:
        """Whether the outcome is decided, and has been for as long as outcomes settle; it may still be revised."""
        return self.outcome is not Outcome.PENDING and self.final_at is None

    def next_revision(self, before: "Session", now: datetime) -> "Session":
        """This session as the revision that follows `before`."""
        lock_was_sent = before.lock_was_sent or self.locked
        return replace(
            self, revision=before.revision + 1, updated_at=now, lock_was_sent=lock_was_sent
        )

    def open_hold(self, kind: HoldKind) -> Hold | None:
        """The open hold of that kind."""
        return next((hold for hold in self.holds if hold.kind is kind), None)

    def attribute(self, name: str) -> Json:
        """What the LMS says of its exam, course or activity, or else the exam page."""
        return self.lms_attributes.get(name) or self.browser_attributes.get(name)

    def facts_in(self, group: str) -> dict[str, Json]:
        """The facts of one group, `averages` or `extra`, by their own names."""
        prefix = f"{group}."
        return {
            key.removeprefix(prefix): value
            for key, value in self.facts.items()
            if key.startswith(prefix)
        }
