"""Finds a real disk for the databases, so that durable means durable."""

import os
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]  # ships no types

from demo.environment import PROJECT_FOLDER

_MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "ramfs"})


def disk_backed_temp_folder() -> Path:
    """Return the system's temporary folder, or the project's own where that is in memory."""
    system_temp_folder = Path(tempfile.gettempdir())
    return (
        PROJECT_FOLDER
        if file_system_of(system_temp_folder) in _MEMORY_FILE_SYSTEMS
        else system_temp_folder
    )


def file_system_of(folder: Path) -> str:
    """Return the type of the file system that holds the folder."""
    mounts = [
        mount
        for mount in psutil.disk_partitions(all=True)
        if folder.is_relative_to(mount.mountpoint)
    ]
    file_system: str = max(mounts, key=lambda mount: len(mount.mountpoint)).fstype
    return file_system


def median_sync_seconds(folder: Path) -> float:
    """Return how long a small write takes to be durable, which every commit waits for."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return median(_seconds_of_one_sync(file.fileno()) for _ in range(50))


def _seconds_of_one_sync(file: int) -> float:
    started = time.perf_counter()
    os.write(file, bytes(4096))
    os.fdatasync(file)
    return time.perf_counter() - started
