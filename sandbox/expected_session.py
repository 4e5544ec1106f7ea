"""What must be known of a session in the end."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ExpectedSession:
    """A session: what it shows, and the outcome and lock that the LMS holds at its end."""

    name: str
    description: str
    identifier: str
    outcome: str
    locked: bool
