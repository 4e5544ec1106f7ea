"""Marks tests by their cost: `make check` runs the fast ones, `make test` all but the slow ones."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SLOW = ("faults", "soak", "browser", "bench", "demo", "gunicorn_buffered/test_slow_clients.py")
"""These tests kill processes, drive a browser or measure: `make test-slow` runs them."""

THOROUGH = (
    "dashboard",
    "doctor",
    "docs/test_hooks.py",
    "gunicorn_buffered",
    "http_client/test_limits.py",
    "logs/test_request_id_trail.py",
    "operators",
    "security",
    "sessions/rules/test_merge_properties.py",
    "sessions/test_state_machine.py",
)
"""These tests start real servers, hash passwords, wait for time limits or try very many inputs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_in(item.path, SLOW):
            item.add_marker(pytest.mark.slow)
        elif _is_in(item.path, THOROUGH) or _uses_postgresql(item):
            item.add_marker(pytest.mark.thorough)


def _is_in(path: Path, places: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(TESTS / place) for place in places)


def _uses_postgresql(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "postgresql" in callspec.params.values()
