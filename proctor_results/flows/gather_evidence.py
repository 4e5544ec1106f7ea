"""Somebody needs all that is evidence of one session."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from proctor_results.domain.checkpoint import KINDS, Checkpoint, head, line, numbers_in
from proctor_results.domain.dossier import Dossier, Sealed
from proctor_results.flows.house import House
from proctor_results.store import audit, checkpoints
from proctor_results.store.checkpoints import Edge
from proctor_results.store.ledger import Ledger

_ALL = 1_000_000
"""More than any checkpoint covers."""


def gather_evidence(house: House, identifier: str) -> Dossier | None:
    """Receipts, decisions, policies and the checkpoints over them; None where there is nothing. Raises LedgerAway."""
    decisions = list(audit.decisions_of(house.ledger, identifier))
    ids = {"receipt": audit.receipt_ids(house.ledger, identifier), "decision": [each["id"] for each in decisions]}
    if not any(ids.values()):
        return None
    judged = {each["policy_sha256"] for each in decisions}
    return Dossier(
        identifier=identifier,
        receipts=audit.receipts_of(house.ledger, identifier),
        decisions=decisions,
        policies=[each for each in audit.policies(house.ledger) if each["sha256"] in judged],
        sealed=list(_sealed(house.ledger, ids)),
    )


def _sealed(ledger: Ledger, ids: Mapping[str, Sequence[int]]) -> Iterator[Sealed]:
    """The checkpoints that cover any of them."""
    after = dict.fromkeys(KINDS, 0)
    for checkpoint in _readable(ledger):
        if any(_lies_between(ids[kind], after[kind], checkpoint.last[kind]) for kind in KINDS):
            yield Sealed(checkpoint=checkpoint, sheet=_sheet(ledger, checkpoint, after))
        after = dict(checkpoint.last)


def _readable(ledger: Ledger) -> Iterator[Checkpoint]:
    """What somebody has changed so that nobody can read it covers nothing."""
    for values in audit.checkpoints(ledger, checkpoints.last_number(ledger)):
        try:
            yield checkpoints.checkpoint(values)
        except ValueError:
            continue


def _lies_between(ids: Sequence[int], after: int, last: int) -> bool:
    """The ids ascend."""
    return bisect_right(ids, after) < bisect_right(ids, last)


def _sheet(ledger: Ledger, checkpoint: Checkpoint, after: Mapping[str, int]) -> str:
    """Written anew from what is there: where something was changed, its SHA-256 is not the checkpoint's digest."""
    named = {kind: set(numbers_in(checkpoint.covers[kind])) for kind in KINDS}
    edge = Edge(last=checkpoint.last, writers=frozenset())
    rows = checkpoints.between(ledger, after, edge, _ALL)
    lines = (line(kind, number, digest) for kind, number, digest in rows if number in named[kind])
    return head(checkpoint.previous, checkpoint.at) + "".join(lines)
