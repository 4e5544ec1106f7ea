"""Sessions and decisions as a person reads them on a terminal."""

from collections.abc import Iterable, Iterator

from proctor_results.domain.decision import Decision, Origin
from proctor_results.domain.session import Hold, Reason, Session
from proctor_results.domain.times import text_of
from proctor_results.domain.words import Act, Cause
from proctor_results.flows.explain_session import Explained

_FACTS = ("score", "duration", "started_at", "stopped_at", "signed_at", "proctor", "comment", "link")


def session_lines(session: Session) -> Iterator[str]:
    """What is known of it, one thing a line."""
    yield f"session    {session.identifier}"
    yield f"vendor     {session.vendor}"
    yield f"student    {session.student or 'not known'}"
    yield f"exam       {session.exam or 'not known'}{''.join(_hearsay(session))}"
    yield f"status     {session.status}"
    yield f"outcome    {session.outcome}{''.join(_told_of_it(session))}"
    yield from _block("because", map(reason_line, session.reasons))
    yield from _block("locked", map(_open_hold, session.holds))
    yield from (f"{name:<11}{session.facts[name]}" for name in _FACTS if name in session.facts)
    yield from _block("averages", (f"{metric} {value}" for metric, value in session.group("averages").items() if value))
    yield f"revision   {session.revision}, {text_of(session.updated_at)}"


def _hearsay(session: Session) -> Iterator[str]:
    if session.exam and not session.enrolment.get("exam"):
        yield ", as the exam page says, which chooses no policy"


def _told_of_it(session: Session) -> Iterator[str]:
    if session.final:
        yield ", final"
    if session.settles_at:
        yield f", final from {text_of(session.settles_at)} on"
    if session.revised:
        yield ", revised"


def decision_lines(decided: Explained) -> Iterator[str]:
    """When, by what or whom, what it changed, and why."""
    made = decided.decision
    yield f"{text_of(made.at)}  revision {made.revision}, {_happening(made.by)}"
    if made.outcome is not made.outcome_before:
        yield f"  outcome  {made.outcome_before} -> {made.outcome}{_settling(made)}"
    yield from (f"  opened   {hold.kind}: {hold.detail}" for hold in made.opened)
    yield from (f"  closed   {hold.kind}: {hold.detail}" for hold in made.closed)
    yield from (f"  reason   {reason_line(reason)}" for reason in made.reasons)
    if decided.receipt:
        yield f"  receipt  {decided.receipt.number}, {decided.receipt.vendor}, SHA-256 {decided.receipt.sha256}"
    yield f"  policy   SHA-256 {made.policy_sha256}"
    yield f"  again    {decided.again}{f': {decided.detail}' if decided.detail else ''}"


def _settling(made: Decision) -> str:
    final = "" if made.settles_at is None else f", final from {text_of(made.settles_at)} on"
    return f"{final}{', revised' if made.revised else ''}"


def _happening(by: Origin) -> str:
    if by.cause is Cause.PERSON:
        return f"{_DONE[Act(str(by.said['act']))]} by {by.actor}: {by.note}"
    return _HAPPENED[by.cause]


_HAPPENED = {
    Cause.REPORT: "a report came",
    Cause.LAUNCH: "the LMS launched it",
    Cause.HEARTBEAT: "an exam page was heard from",
    Cause.SILENCE: "the exam page fell silent",
    Cause.METRICS: "an exam page relayed metrics",
    Cause.REPLAY: "a stored report was read again",
    Cause.SETTLED: "the outcome settled",
}
_DONE = {
    Act.HOLD: "held",
    Act.RELEASE: "released",
    Act.NOTE: "noted",
    Act.OVERRIDE: "overruled",
    Act.WITHDRAW: "override withdrawn",
}


def _open_hold(hold: Hold) -> str:
    return f"{hold.kind} since {text_of(hold.since)}: {hold.detail}"


def reason_line(reason: Reason) -> str:
    """The rule, in words, and with value and bar where it measures."""
    measured = "" if reason.measured is None else f" (measured {reason.measured:g}, bar {reason.bar:g})"
    return f"{reason.rule}: {reason.detail}{measured}"


def _block(name: str, lines: Iterable[str]) -> Iterator[str]:
    """The name stands before the first line only."""
    for place, line in enumerate(lines):
        yield f"{'' if place else name:<11}{line}"
