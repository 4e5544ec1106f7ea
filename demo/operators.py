"""Adds the operators who look at the demo's dashboard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.environment import FLASK_COMMAND
from demo.processes import run_to_completion


@dataclass(frozen=True, kw_only=True)
class OperatorAccount:
    """The name and password of an operator."""

    name: str
    password: str = field(repr=False)


def add_operator(
    name: str, role: str, environment: Mapping[str, str], folder: Path
) -> OperatorAccount:
    """Adds an operator the way a person would, with a password made up for them.

    Raises DemoError.
    """
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
