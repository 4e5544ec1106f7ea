"""One SQL statement, written once for both databases and compiled once for each."""

import re
from collections.abc import Mapping

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_ROW_LOCK = re.compile(r"\bFOR UPDATE( SKIP LOCKED)?\b")


class Statement:
    """SQL with `:named` parameters. What PostgreSQL says quite differently is given as `postgresql`."""

    def __init__(self, sql: str, *, postgresql: str | None = None) -> None:
        names = dict.fromkeys(_PARAMETER.findall(postgresql or sql))
        self._texts = {"sqlite": _sqlite(sql), "postgresql": _numbered(postgresql or sql, list(names))}
        self._names = tuple(names)
        self.numbered = self._texts["postgresql"].encode()
        """As PostgreSQL is sent it: psycopg looks up by these bytes what is prepared, and bytes keep their hash."""

    def text(self, dialect: str) -> str:
        return self._texts[dialect]

    def in_order(self, values: Mapping[str, object]) -> list[object]:
        """The values as PostgreSQL numbers its parameters."""
        return [values[name] for name in self._names]


def _sqlite(sql: str) -> str:
    """SQLite has one writer, and so no rows to lock."""
    return _ROW_LOCK.sub("", sql)


def _numbered(sql: str, names: list[str]) -> str:
    return _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
