"""Full disks: a small file system, where one can be mounted, or a limit on the size of files."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

from tests.support.processes import Program

SMALL_BYTES, AMPLE_BYTES = 1024 * 1024, 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A folder on a disk that is not limited yet."""

    folder: Path

    def set_size_limit(self, size: int, programs: list[Program]) -> None:
        """Limit the size of each file that these programs write (`ulimit -f`)."""
        for program in programs:
            for process in program.processes():
                process.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class MountedDisk(Disk):
    """A file system in memory."""

    def set_size_limit(self, size: int, programs: list[Program]) -> None:
        """Resize the file system."""
        assert _mount(f"remount,size={size}", self.folder) == ""


@contextmanager
def mounted_disk(folder: Path) -> Iterator[Disk]:
    """Mount a file system at that folder, which only root may do."""
    mount_error = _mount(f"size={AMPLE_BYTES}", folder)
    if mount_error:
        pytest.skip(f"no file system can be mounted here: {mount_error}")
    try:
        yield MountedDisk(folder=folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # our own words, from PATH


def _mount(options: str, folder: Path) -> str:
    """Return the error, or an empty text."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    completed = subprocess.run(
        command, check=False, capture_output=True, text=True
    )  # our own words, from PATH
    return completed.stderr.strip() if completed.returncode else ""


@contextmanager
def rlimited_disk(folder: Path) -> Iterator[Disk]:
    """Use the usual disk with a limit for each program."""
    yield Disk(folder=folder)
