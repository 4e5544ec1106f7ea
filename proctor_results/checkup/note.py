"""What the doctor notes."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How it is. `look` is what no machine can see from here."""

    OK = "ok"
    LOOK = "look"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One check: what was looked at, how it is, and what mends it."""

    grade: Grade
    about: str
    said: str
    mend: str = ""


def fine(about: str, said: str) -> Note:
    return Note(grade=Grade.OK, about=about, said=said)


def look(about: str, said: str) -> Note:
    return Note(grade=Grade.LOOK, about=about, said=said)


def warning(about: str, said: str, mend: str) -> Note:
    return Note(grade=Grade.WARNING, about=about, said=said, mend=mend)


def wrong(about: str, said: str, mend: str) -> Note:
    return Note(grade=Grade.WRONG, about=about, said=said, mend=mend)
