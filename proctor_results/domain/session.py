"""One learner's one proctored sitting of one exam, as far as it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from proctor_results.domain.json_value import Json
from proctor_results.domain.standing import Standing
from proctor_results.domain.words import Action, HoldKind, Outcome, Status


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something was decided: a rule by name, in words and, where it measures, with its value and its bar."""

    rule: str
    detail: str
    measured: float | None = None
    bar: float | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A policy rule that fired on some report of the session, with the worst value ever reported."""

    rule: str
    action: Action
    measured: float
    bar: float
    detail: str

    @property
    def reason(self) -> Reason:
        return Reason(rule=self.rule, detail=self.detail, measured=self.measured, bar=self.bar)

    @property
    def severity(self) -> float:
        return abs(self.measured - self.bar)


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
    enrolment: Mapping[str, Json] = field(default_factory=dict)
    hearsay: Mapping[str, Json] = field(default_factory=dict)
    launches: int = 0
    facts: Mapping[str, Json] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    outcome: Outcome = Outcome.PENDING
    reasons: tuple[Reason, ...] = ()
    holds: tuple[Hold, ...] = ()
    releases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    override: Override | None = None
    settles_at: datetime | None = None
    revised: bool = False
    ever_locked: bool = False
    revision: int = 0
    updated_at: datetime

    @cached_property
    def status(self) -> Status:
        return Status(str(self.facts.get("status", Status.CREATED)))

    @property
    def student(self) -> Json:
        """Who sits the exam; the LMS knows better than the vendor."""
        return self.enrolment.get("student") or self.facts.get("student")

    @property
    def exam(self) -> Json:
        """Which exam, as the LMS calls it; no vendor knows. Which policy judges is not for hearsay: see `Policy.of`."""
        return self.named("exam")

    @property
    def locked(self) -> bool:
        return bool(self.holds)

    @property
    def final(self) -> bool:
        """Whether the outcome is decided, and has been for as long as outcomes settle; it may still be revised."""
        return self.outcome is not Outcome.PENDING and self.settles_at is None

    def following(self, before: "Session", now: datetime) -> "Session":
        """This session as the revision that follows `before`."""
        ever_locked = before.ever_locked or self.locked
        return replace(self, revision=before.revision + 1, updated_at=now, ever_locked=ever_locked)

    def held(self, kind: HoldKind) -> Hold | None:
        """The open hold of that kind."""
        return next((hold for hold in self.holds if hold.kind is kind), None)

    def named(self, name: str) -> Json:
        """What the LMS says of its exam, course or activity, or else the exam page."""
        return self.enrolment.get(name) or self.hearsay.get(name)

    def group(self, name: str) -> dict[str, Json]:
        """The facts of one group, `averages` or `extra`, by their own names."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self.facts.items() if key.startswith(prefix)}
