"""Erases a person's data; receipts and decisions can still be verified, but not read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.dependencies import Dependencies
from proctor_results.retention import erase_store


@dataclass(frozen=True, kw_only=True)
class ErasureScope:
    """The data that is stored of a person.

    `identifiers` names sessions, `blocked` those that are active, each with the reason, and
    `unmatched_receipts` the ids of receipts that name no session.
    """

    identifiers: tuple[str, ...]
    blocked: tuple[tuple[str, str], ...]
    unmatched_receipts: tuple[int, ...]


def find_erasure_scope(
    deps: Dependencies, student: str | None, identifier: str | None
) -> ErasureScope:
    """Find the data of a student, or of one session. Raises DatabaseUnavailable."""
    database = deps.database
    identifiers = erase_store.list_sessions_of(database, student) if student else []
    receipts = list(erase_store.find_unmatched_receipts(database, student)) if student else []
    identifiers += [session_id for _, session_id in receipts if session_id is not None]
    if identifier and erase_store.exists(database, identifier):
        identifiers.append(identifier)
    unique = tuple(dict.fromkeys(identifiers))
    return ErasureScope(
        identifiers=unique,
        blocked=tuple(
            (session_id, reason)
            for session_id in unique
            for reason in _blocking_reasons(database, session_id)
        ),
        unmatched_receipts=tuple(
            receipt_id for receipt_id, session_id in receipts if session_id is None
        ),
    )


def erase(deps: Dependencies, scope: ErasureScope, actor: str, now: datetime) -> int:
    """Erase it, each session in its own transaction; return how many receipts were emptied.

    Raises DatabaseUnavailable.
    """
    database, receipt_count = deps.database, len(scope.unmatched_receipts)
    for identifier in scope.identifiers:
        with database.transaction():
            receipt_count += erase_store.erase(database, [identifier], actor, now)
    with database.transaction():
        for receipt_id in scope.unmatched_receipts:
            erase_store.erase_unmatched_receipt(database, receipt_id, now)
    erase_store.truncate_wal(database)
    return receipt_count


def is_erased(deps: Dependencies, identifier: str) -> bool:
    """Return whether a session with this identifier was erased. Raises DatabaseUnavailable."""
    return erase_store.is_erased(deps.database, identifier)


def _blocking_reasons(database: Database, identifier: str) -> Iterator[str]:
    if hold_kinds := erase_store.open_hold_kinds(database, identifier):
        yield f"locked: {hold_kinds}"
    if pending_count := erase_store.count_pending(database, identifier):
        yield f"{pending_count} messages not delivered"
