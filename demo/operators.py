"""Adds the operators of the demo's dashboard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.environment import FLASK_COMMAND
from demo.processes import run_to_completion


@dataclass(frozen=True, kw_only=True)
class OperatorAccount:
    """Name and password of an operator."""

    name: str
    password: str = field(repr=False)


def add_operator(
    name: str, role: str, environment: Mapping[str, str], folder: Path
) -> OperatorAccount:
    """Add an operator with the command that a person uses. Raises DemoError."""
    log_name = f"operator-{name}"
    run_to_completion(
        log_name,
        [*FLASK_COMMAND, "operators", "add", name, "--role", role, "--generate"],
        environment,
        folder,
    )
    password_match = re.search(
        r"^password +(\S+)$", (folder / f"{log_name}.log").read_text(), re.MULTILINE
    )
    return OperatorAccount(name=name, password=password_match[1] if password_match else "")
