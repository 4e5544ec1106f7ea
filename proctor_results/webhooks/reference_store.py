"""Which session a vendor means by a reference of its own: one row for each pair."""

from collections.abc import Iterable
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.models import SessionReference
from proctor_results.database.statement import Statement


def lock(database: Database, vendor: str, references: Iterable[str]) -> None:
    """Let no other transaction bind or look up these references before this one ends.

    So an event that finds its reference unknown is committed before the reference is bound, and
    replayed then. SQLite has one writer anyway.
    """
    if not database.is_sqlite:
        for reference in sorted(references):
            database.fetch(_LOCK, pair=f"{vendor} {reference}")


def find_identifiers(database: Database, vendor: str, references: Iterable[str]) -> dict[str, str]:
    """Return the identifier of each reference that is known."""
    is_asked = (SessionReference.vendor == vendor) & SessionReference.reference.in_(
        list(references)
    )
    query = SessionReference.select(SessionReference.reference, SessionReference.identifier)
    return dict(database.select(query.where(is_asked).tuples()))


def insert(database: Database, vendor: str, reference: str, identifier: str, now: datetime) -> str:
    """Bind the reference, unless it is bound; return the identifier to which it is bound."""
    row = {"vendor": vendor, "reference": reference, "identifier": identifier, "created_at": now}
    database.change(SessionReference.insert(row).on_conflict_ignore())
    return find_identifiers(database, vendor, [reference])[reference]


_LOCK = Statement(
    "SELECT :pair", postgresql="SELECT pg_advisory_xact_lock(hashtextextended(:pair, 0))"
)
