"""Keeps the text of every policy that has judged, so that its decisions can be explained years later."""

from proctor_results.domain.policy import Policy
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def is_kept(ledger: Ledger, policy: Policy) -> bool:
    """Whether this process has kept the text; asks no database."""
    return policy.sha256 in ledger.kept_policies


def keep(ledger: Ledger, policy: Policy) -> None:
    """Keeps the text; safe to repeat. Raises LedgerAway."""
    ledger.run(_KEEP, sha256=policy.sha256, text=policy.text)


def remember(ledger: Ledger, policy: Policy) -> None:
    """This process need not keep the text again; call it once that is committed."""
    ledger.kept_policies.add(policy.sha256)


def text(ledger: Ledger, sha256: str) -> str | None:
    """The text of a policy that has judged. Raises LedgerAway."""
    rows = ledger.run(_TEXT, sha256=sha256)
    return str(rows[0][0]) if rows else None


_TEXT = Statement("SELECT text FROM policy WHERE sha256 = :sha256")

_KEEP = Statement("INSERT INTO policy (sha256, text) VALUES (:sha256, :text) ON CONFLICT (sha256) DO NOTHING")
