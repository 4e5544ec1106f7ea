"""SQLite on a full disk: posts get 503 until there is room, and nothing acknowledged is lost."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.support.disks import (
    AMPLE_BYTES,
    SMALL_BYTES,
    Disk,
    mounted_disk,
    rlimited_disk,
)
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.reconcile import assert_reconciled
from tests.support.installation import TIMEOUT_SECONDS, Installation, create_installation
from tests.support.reports import body, rejected
from tests.support.worker_fixtures import wait_until


@pytest.fixture(
    params=[mounted_disk, rlimited_disk], ids=["a full file system", "a limit on files"]
)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with request.param(folder) as created:
        yield created


@pytest.fixture
def installation(
    disk: Disk, lms: FakeLms, sqlite_with_tables: Path, tmp_path: Path
) -> Iterator[Installation]:
    """An installation with only its database on that disk."""
    shutil.copy(sqlite_with_tables, disk.folder / "database.db")
    with create_installation(
        f"sqlite:///{disk.folder / 'database.db'}", tmp_path, lms.port
    ) as created:
        yield created


def test_posts_get_503_while_the_disk_is_full_and_nothing_is_lost(
    installation: Installation, disk: Disk, lms: FakeLms
) -> None:
    web, worker = installation.start_web(), installation.start_worker()
    lms.delay = 0.5  # so that a delivery is in flight when the disk is full
    disk.set_size_limit(SMALL_BYTES, [web, worker])
    fill_disk(installation)
    wait_until(lambda: "worker.database_unavailable" in worker.log.read_text(), TIMEOUT_SECONDS)
    assert installation.post(large_report(0)) == 503

    disk.set_size_limit(AMPLE_BYTES, [web, worker])
    wait_until(lambda: installation.post(rejected(identifier="exam-1")) == 200, TIMEOUT_SECONDS)
    assert_reconciled(installation, lms)
    assert installation.statuses() == {200, 503}


def fill_disk(installation: Installation) -> None:
    """Post until there is no room for more."""
    assert any(installation.post(large_report(number)) == 503 for number in range(100))


def large_report(number: int) -> bytes:
    """Return about 60 KiB with a field that no vendor knows."""
    return body(identifier=f"exam-{number}", padding=f"{number} " * 20_000)
