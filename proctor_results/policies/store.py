"""Keeps the text of every policy that has judged, so that its decisions can be explained years later."""

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.policies.model import Policy


def is_stored(database: Database, policy: Policy) -> bool:
    """Whether this process has kept the text; asks no database."""
    return policy.sha256 in database.stored_policies


def insert(database: Database, policy: Policy) -> None:
    """Keeps the text; safe to repeat. Raises LedgerAway."""
    database.fetch(_INSERT, sha256=policy.sha256, text=policy.text)


def mark_stored(database: Database, policy: Policy) -> None:
    """This process need not keep the text again; call it once that is committed."""
    database.stored_policies.add(policy.sha256)


def load_text(database: Database, sha256: str) -> str | None:
    """The text of a policy that has judged. Raises LedgerAway."""
    rows = database.fetch(_LOAD_TEXT, sha256=sha256)
    return str(rows[0][0]) if rows else None


_LOAD_TEXT = Statement("SELECT text FROM policy WHERE sha256 = :sha256")

_INSERT = Statement(
    "INSERT INTO policy (sha256, text) VALUES (:sha256, :text) ON CONFLICT (sha256) DO NOTHING"
)
