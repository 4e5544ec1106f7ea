"""Reads the pinned packages from the requirements files."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PIN_PATTERN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==([^\s;]+)", re.MULTILINE)


def pinned_packages(name: str) -> dict[str, str]:
    """Return version by package from a file in the project's folder."""
    return dict(_PIN_PATTERN.findall((ROOT / name).read_text()))
