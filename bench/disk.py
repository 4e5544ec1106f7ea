"""Where databases may lie, so that durable means durable."""

import os
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]  # ships no types

from proctor_results.sandbox.demo.premises import HOME

_MEMORY = frozenset({"tmpfs", "ramfs"})


def real() -> Path:
    """The system's folder for temporary files, or the project's own where that one is kept in memory."""
    usual = Path(tempfile.gettempdir())
    return HOME if kind(usual) in _MEMORY else usual


def kind(folder: Path) -> str:
    """The file system that the folder is in."""
    mounts = [each for each in psutil.disk_partitions(all=True) if folder.is_relative_to(each.mountpoint)]
    found: str = max(mounts, key=lambda each: len(each.mountpoint)).fstype
    return found


def seconds_to_sync(folder: Path) -> float:
    """How long a small write takes to be durable: what every commit waits for."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return median(_seconds_of_one(file.fileno()) for _ in range(50))


def _seconds_of_one(file: int) -> float:
    began = time.perf_counter()
    os.write(file, bytes(4096))
    os.fdatasync(file)
    return time.perf_counter() - began
