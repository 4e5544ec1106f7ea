"""Keeps the text of every policy that has judged, so that its decisions can be explained years later."""

from proctor_results.domain.policy import Policy
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def keep_once(ledger: Ledger, policy: Policy) -> None:
    """Keeps the text; writes only when this process has not done so yet. Raises LedgerAway.

    Call it before the transaction whose decision needs it, not in it: a text rolled back would be taken as kept.
    """
    if policy.sha256 not in ledger.kept_policies:
        ledger.run(_KEEP, sha256=policy.sha256, text=policy.text)
        ledger.kept_policies.add(policy.sha256)


_KEEP = Statement("INSERT INTO policy (sha256, text) VALUES (:sha256, :text) ON CONFLICT (sha256) DO NOTHING")
