"""Disks without room: a small file system, where one can be mounted, or a limit on what a process may write."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

from tests.processes import Program

SMALL, AMPLE = 1024 * 1024, 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A folder of a disk without any limit as yet."""

    folder: Path

    def limit(self, size: int, programs: list[Program]) -> None:
        """From now on these programs find no more room than that in any file (`ulimit -f`)."""
        for program in programs:
            for process in program.processes():
                process.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class MountedDisk(Disk):
    """A file system in memory."""

    def limit(self, size: int, programs: list[Program]) -> None:
        """From now on it has no more room than that."""
        assert _mount(f"remount,size={size}", self.folder) == ""


@contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """A file system of its own at that folder, which only root may mount."""
    fault = _mount(f"size={AMPLE}", folder)
    if fault:
        pytest.skip(f"no file system can be mounted here: {fault}")
    try:
        yield MountedDisk(folder=folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607  # our own words, from PATH


def _mount(options: str, folder: Path) -> str:
    """What was wrong, if anything."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  # our own words, from PATH
    return done.stderr.strip() if done.returncode else ""


@contextmanager
def rationed(folder: Path) -> Iterator[Disk]:
    """The usual disk, of which each program gets so much."""
    yield Disk(folder=folder)
