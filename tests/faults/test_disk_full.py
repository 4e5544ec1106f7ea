"""SQLite on a disk without room: posts are turned away until there is some, and nothing that was answered is lost."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disks import AMPLE, SMALL, Disk, mounted, rationed
from tests.faults.lms import Lms
from tests.faults.reckoning import reckon
from tests.reports import body, rejected
from tests.sites import PATIENCE, Site, site_on
from tests.workplace import until


@pytest.fixture(params=[mounted, rationed], ids=["a full file system", "a limit on files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with request.param(folder) as made:
        yield made


@pytest.fixture
def site(disk: Disk, lms: Lms, sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Site]:
    """A site whose database is on that disk, and nothing else."""
    shutil.copy(sqlite_with_tables, disk.folder / "ledger.db")
    with site_on(f"sqlite:///{disk.folder / 'ledger.db'}", tmp_path, lms.port) as made:
        yield made


def test_what_finds_no_room_is_turned_away_and_all_goes_on_when_there_is_some(site: Site, disk: Disk, lms: Lms) -> None:
    web, worker = site.web(), site.worker()
    lms.delay = 0.5  # so that something is in the air when the disk is full
    disk.limit(SMALL, [web, worker])
    fill(site)
    until(lambda: "worker.ledger_away" in worker.log.read_text(), PATIENCE)
    assert site.post(large(0)) == 503

    disk.limit(AMPLE, [web, worker])
    until(lambda: site.post(rejected(identifier="exam-1")) == 200, PATIENCE)
    reckon(site, lms)
    assert site.statuses() == {200, 503}


def fill(site: Site) -> None:
    """Posts until there is no room for more."""
    assert any(site.post(large(number)) == 503 for number in range(100))


def large(number: int) -> bytes:
    """About 60 KiB that nobody can read anything in."""
    return body(identifier=f"exam-{number}", padding=f"{number} " * 20_000)
