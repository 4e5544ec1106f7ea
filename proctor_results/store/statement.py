"""One SQL statement, written once for both databases and compiled once for each."""

import re

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_ROW_LOCK = re.compile(r"\bFOR UPDATE( SKIP LOCKED)?\b")


class Statement:
    """SQL with `:named` parameters. What PostgreSQL says quite differently is given as `postgresql`."""

    def __init__(self, sql: str, *, postgresql: str | None = None) -> None:
        self._texts = {"sqlite": _sqlite(sql), "postgresql": _postgresql(postgresql or sql)}

    def text(self, dialect: str) -> str:
        return self._texts[dialect]


def _sqlite(sql: str) -> str:
    """SQLite has one writer, and so no rows to lock."""
    return _ROW_LOCK.sub("", sql)


def _postgresql(sql: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
