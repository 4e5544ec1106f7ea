"""Finds the line of everything in a TOML text, which the standard library's reader does not tell."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_HEADER = re.compile(r"\[\[?")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_VALUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:\\.|[^"\\])*"|'[^']*'|[^\s,\]}#][^,\]}#\n]*''',
    re.DOTALL,
)


def line_numbers(text: str) -> Mapping[Path, int]:
    """The line, from 1 on, where each key, table and element of a list begins: `("rules", 0, "name")`.

    The text must be TOML that `tomllib` reads. What is nested beyond reason is left out.
    """
    scanner = _TomlScanner(text)
    with suppress(RecursionError):
        scanner.scan()
    return scanner.found


class _TomlScanner:
    """Walks through the text once, noting where everything begins."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._newest: dict[Path, int] = {}

    def scan(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        """`[a.b]` and `[[a.b]]`; where `a` is a list of tables, its newest is meant."""
        start = self._at
        is_list = self._skip(_HEADER) == "[["
        self._skip(_BLANK)
        path: Path = ()
        for name in self._key():
            path = (*self._into(path), name)
            self._note(path, start)
        self._skip(_BLANK)
        self._at += 2 if is_list else 1
        if is_list:
            self._newest[path] = self._newest.get(path, -1) + 1
            self._note(self._into(path), start)
        return self._into(path)

    def _into(self, path: Path) -> Path:
        return (*path, self._newest[path]) if path in self._newest else path

    def _assignment(self, table: Path) -> None:
        start = self._at
        path = table
        for name in self._key():
            path = (*path, name)
            self._note(path, start)
        self._skip(_EQUALS)
        self._value(path)

    def _key(self) -> list[str]:
        names = [_spelt_out(self._skip(_KEY))]
        while self._skip(_DOT):
            names.append(_spelt_out(self._skip(_KEY)))
        return names

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_VALUE)

    def _list(self, path: Path) -> None:
        place = 0
        while not self._closes("]"):
            self._note((*path, place), self._at)
            self._value((*path, place))
            place += 1

    def _inline_table(self, path: Path) -> None:
        while not self._closes("}"):
            self._assignment(path)

    def _closes(self, bracket: str) -> bool:
        """Goes beyond the opening bracket or the comma, and, if that is what comes next, the closing bracket."""
        self._skip(_BLANK)
        if self._text[self._at] in "[{,":
            self._at += 1
            self._skip(_BLANK)
        closes = self._text[self._at] == bracket
        self._at += closes
        return closes

    def _note(self, path: Path, start: int) -> None:
        self.found.setdefault(path, bisect_right(self._ends, start - 1) + 1)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return match.group() if match else ""


def _spelt_out(key: str) -> str:
    name: str = tomllib.loads(f"key = {key}")["key"] if key[0] in "\"'" else key
    return name
