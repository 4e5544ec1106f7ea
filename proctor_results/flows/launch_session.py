"""The LMS lets a learner sit, for the first time or again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.acts import changes_policy, launched
from proctor_results.domain.decision import Origin
from proctor_results.domain.json_value import Json
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause
from proctor_results.flows.enter import entry, is_written, keep_policy, until
from proctor_results.flows.house import House
from proctor_results.flows.retell_session import history
from proctor_results.store import erasing, sessions


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """The session exists, and is not what the LMS says it is. `field` is the one that differs."""

    field: str
    detail: str


def launch_session(
    house: House, identifier: str, vendor: str, enrolment: Mapping[str, Json], now: datetime
) -> Session | Contradiction:
    """The session with one launch more; the same identifier and student resume the same sitting. Raises LedgerAway."""

    def launch() -> Session | Contradiction | None:
        found = sessions.find(house.ledger, identifier)
        if found is None and erasing.is_erased(house.ledger, identifier):
            return Contradiction(field="identifier", detail="The session was erased: take another identifier.")
        contradiction = _contradiction(found, vendor, enrolment)
        if contradiction:
            return contradiction
        before = found or Session(identifier=identifier, vendor=vendor, updated_at=now)
        if changes_policy(before, enrolment, house.policy):
            return _judged_anew(house, before, enrolment, now)
        return _written(house, before, launched(before, enrolment, house.policy, now), enrolment)

    keep_policy(house)
    answer: Session | Contradiction = until(lambda: house.ledger.enter(launch))  # type: ignore[assignment]  # mypy joins the two into object
    return answer


def _contradiction(found: Session | None, vendor: str, enrolment: Mapping[str, Json]) -> Contradiction | None:
    if found is None:
        return None
    if found.vendor != vendor:
        return Contradiction(field="vendor", detail=f"The session belongs to {found.vendor}.")
    student = enrolment.get("student")
    if found.student and student and found.student != student:
        return Contradiction(field="student", detail="The session is another student's: take another identifier.")
    return None


def _judged_anew(house: House, before: Session, enrolment: Mapping[str, Json], now: datetime) -> Session | None:
    """What comes in meanwhile waits, so that nothing is left to the policy that judged before."""
    with house.ledger.transaction():
        if not sessions.is_still(house.ledger, before):
            return None
        after = launched(before, enrolment, house.policy, now, history(house, before))
        return _written(house, before, after, enrolment)


def _written(house: House, before: Session, after: Session, enrolment: Mapping[str, Json]) -> Session | None:
    decided = entry(house, before, after, Origin(cause=Cause.LAUNCH, said={"enrolment": enrolment}))
    return decided.session if is_written(house, decided) else None
