"""Stores the text of every policy that has decided, so that its decisions can be explained."""

from proctor_results.database import models
from proctor_results.database.connection import Database
from proctor_results.policies.model import Policy


def store_policy(database: Database, policy: Policy) -> None:
    """Store the text, unless it is stored. Raises DatabaseUnavailable."""
    row = models.Policy.insert(sha256=policy.sha256, text=policy.text)
    with database.transaction():
        database.change(row.on_conflict_ignore())


def load_policy_text(database: Database, sha256: str) -> str | None:
    """Return the text of a policy that has decided. Raises DatabaseUnavailable."""
    query = models.Policy.select(models.Policy.text).where(models.Policy.sha256 == sha256)
    rows = database.select(query.tuples())
    return str(rows[0][0]) if rows else None
