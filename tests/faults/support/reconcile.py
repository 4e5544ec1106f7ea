"""Settles accounts after a fault: what was sent, what is stored and what the LMS heard must fit together."""

from collections.abc import Iterable, Sequence
from contextlib import closing

from bench.reconciliation.data import (
    PostAttempt,
    ReceivedMessage,
    ReconciliationData,
    SentData,
)
from bench.reconciliation.load_stored import load_stored_data
from bench.reconciliation.reconcile import reconcile
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.deliveries import pending_store
from proctor_results.deliveries.model import DeliveryFilter
from tests.faults.support.fake_lms import FakeLms
from tests.support.installation import TIMEOUT_SECONDS, Installation
from tests.support.worker_fixtures import wait_until


def assert_reconciled(installation: Installation, lms: FakeLms) -> None:
    """Waits until the site has told everything, and asserts that all is well."""
    with closing(connect(installation.database_url)) as database:
        wait_until(
            lambda: not pending_store.list_pending(database, DeliveryFilter(), 1), TIMEOUT_SECONDS
        )
        assert installation.accepted_bodies
        assert find_faults(database, installation.post_attempts, lms.received) == []


def find_faults(
    database: Database, posts: Iterable[PostAttempt], received: Sequence[ReceivedMessage]
) -> list[str]:
    """What is wrong after all is over, in words. Nothing but these posts has been sent."""
    sent = SentData(posts=list(posts))
    return reconcile(
        ReconciliationData(
            sent=sent,
            stored=load_stored_data(database),
            received=received,
            may_duplicate=not database.is_sqlite,
        )
    ).faults


def as_answered_posts(bodies: Iterable[bytes]) -> list[PostAttempt]:
    """Each was posted once, and answered with 200."""
    return [PostAttempt(body=body, status=200) for body in bodies]
