"""Adds the operators who look at the demo's dashboard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proctor_results.sandbox.demo.premises import FLASK
from proctor_results.sandbox.demo.processes import complete


@dataclass(frozen=True, kw_only=True)
class Account:
    """With what somebody signs in."""

    name: str
    password: str = field(repr=False)


def add_operator(name: str, role: str, environment: Mapping[str, str], folder: Path) -> Account:
    """Adds an operator the way a person would, with a password made up for them. Raises DemoError."""
    log = f"operator-{name}"
    complete(log, [*FLASK, "operators", "add", name, "--role", role, "--generate"], environment, folder)
    said = re.search(r"^password +(\S+)$", (folder / f"{log}.log").read_text(), re.MULTILINE)
    return Account(name=name, password=said[1] if said else "")
