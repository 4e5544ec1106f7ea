"""Settles accounts after a fault: what was sent, what is stored and what the LMS heard must fit together."""

from collections.abc import Iterable, Sequence
from contextlib import closing

from bench.reconciliation.sides import Heard, Post, Sent, Sides
from bench.reconciliation.stored_side import stored_in
from bench.reconciliation.verdict import reconcile
from proctor_results.store import deliveries
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from tests.faults.lms import Lms
from tests.sites import PATIENCE, Site
from tests.workplace import until


def reckon(site: Site, lms: Lms) -> None:
    """Waits until the site has told everything, and asserts that all is well."""
    with closing(open_ledger(site.database_url)) as ledger:
        until(lambda: not deliveries.undelivered(ledger, 1), PATIENCE)
        assert site.accepted
        assert complaints(ledger, site.posts, lms.heard) == []


def complaints(ledger: Ledger, posts: Iterable[Post], heard: Sequence[Heard]) -> list[str]:
    """What is wrong after all is over, in words. Nothing but these posts has been sent."""
    sent = Sent(posts=list(posts))
    return reconcile(Sides(sent=sent, stored=stored_in(ledger), told=heard, doubled=not ledger.embedded)).faults


def answered(bodies: Iterable[bytes]) -> list[Post]:
    """Each was posted once, and answered with 200."""
    return [Post(body=body, status=200) for body in bodies]
