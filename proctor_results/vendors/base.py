"""What every vendor's translator promises: read a request's body, and say in our words what it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from proctor_results.sessions.report import Report


@dataclass(frozen=True, kw_only=True)
class UnknownStatus:
    """Well formed, but its status is a word we do not know yet: kept, and replayed after an upgrade."""

    identifier: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class InvalidReport:
    """Understood, but it cannot be right. `errors` maps a field, in the vendor's spelling, to what is wrong with it."""

    detail: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class MalformedBody:
    """Not even JSON that can be read in one way only."""

    detail: str


ParseResult = Report | UnknownStatus | InvalidReport | MalformedBody


class Vendor(Protocol):
    """A proctoring system. `name` is the last part of its webhook's path."""

    @property
    def name(self) -> str: ...

    def parse_webhook(self, body: bytes) -> ParseResult:
        """Translates the body of one webhook. Never raises for what a sender can write."""
        ...
