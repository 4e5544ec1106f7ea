"""Checks after a fault that sent, stored and received data agree."""

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
    """Wait until the installation has delivered everything, and assert that nothing is wrong."""
    with closing(connect(installation.database_url)) as database:
        wait_until(
            lambda: not pending_store.list_pending(database, DeliveryFilter(), 1), TIMEOUT_SECONDS
        )
        assert installation.accepted_bodies
        assert find_faults(database, installation.post_attempts, lms.received) == []


def find_faults(
    database: Database, posts: Iterable[PostAttempt], received: Sequence[ReceivedMessage]
) -> list[str]:
    """Return what is wrong after everything was delivered. Nothing but these posts was sent."""
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
    """Return each body as a post that was answered with 200."""
    return [PostAttempt(body=body, status=200) for body in bodies]
