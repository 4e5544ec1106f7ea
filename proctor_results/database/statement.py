"""One SQL statement, written once for both databases and compiled once for each."""

import re

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_ROW_LOCK = re.compile(r"\bFOR UPDATE( SKIP LOCKED)?\b")


class Statement:
    """SQL with `:named` parameters; `postgresql` is given where PostgreSQL needs another text."""

    def __init__(self, sql: str, *, postgresql: str | None = None) -> None:
        names = list(dict.fromkeys(_PARAMETER.findall(postgresql or sql)))
        self.parameter_names = names
        """In the order in which PostgreSQL numbers them."""
        self.sqlite_sql = _ROW_LOCK.sub("", sql)  # SQLite has one writer, and so no rows to lock
        self.postgresql_sql = _PARAMETER.sub(
            lambda match: f"${names.index(match[1]) + 1}", postgresql or sql
        )
        self.postgresql_bytes = self.postgresql_sql.encode()
        """psycopg looks up by these bytes what is prepared, and bytes keep their hash."""
