"""A person's data is erased; what was received and decided can still be verified, but not read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.retention import erase_store


@dataclass(frozen=True, kw_only=True)
class ErasureScope:
    """What there is of somebody: sessions by identifier, of these the ones not at rest and why, and stray receipts."""

    identifiers: tuple[str, ...]
    blocked: tuple[tuple[str, str], ...]
    unmatched_receipts: tuple[int, ...]


def find_erasure_scope(
    deps: Dependencies, student: str | None, identifier: str | None
) -> ErasureScope:
    """What is known of a student, or of one session, and receipts that nobody understood in which they are named.

    Raises LedgerAway.
    """
    database = deps.database
    student_sessions = erase_store.list_sessions_of(database, student) if student else []
    receipts = list(erase_store.find_unmatched_receipts(database, student)) if student else []
    named_sessions = [session_id for _, session_id in receipts if session_id is not None]
    requested = [identifier] if identifier and erase_store.exists(database, identifier) else []
    identifiers = tuple(dict.fromkeys([*student_sessions, *named_sessions, *requested]))
    blocked = tuple(
        (session_id, reason)
        for session_id in identifiers
        for reason in _blocking_reason(deps, session_id)
    )
    return ErasureScope(
        identifiers=identifiers,
        blocked=blocked,
        unmatched_receipts=tuple(
            receipt_id for receipt_id, session_id in receipts if session_id is None
        ),
    )


def erase(deps: Dependencies, scope: ErasureScope, actor: str, now: datetime) -> int:
    """Erases it, a session in each transaction; how many receipts were emptied. Raises LedgerAway."""
    emptied_count = 0
    for identifier in scope.identifiers:
        with deps.database.transaction():
            emptied_count += erase_store.erase(deps.database, [identifier], actor, now)
    with deps.database.transaction():
        for receipt_id in scope.unmatched_receipts:
            erase_store.erase_unmatched_receipt(deps.database, receipt_id, now)
    erase_store.truncate_wal(deps.database)
    return emptied_count + len(scope.unmatched_receipts)


def _blocking_reason(deps: Dependencies, identifier: str) -> Iterable[str]:
    hold_kinds = erase_store.open_hold_kinds(deps.database, identifier)
    if hold_kinds:
        yield f"locked: {hold_kinds}"
    pending_count = erase_store.count_pending(deps.database, identifier)
    if pending_count:
        yield f"{pending_count} messages not delivered"
