"""The state in which a session must end."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ExpectedSession:
    """A session: its description, and the outcome and lock that the LMS must hold at its end."""

    name: str
    description: str
    identifier: str
    outcome: str
    locked: bool
