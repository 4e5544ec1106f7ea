"""One SQL statement, written once for both databases and compiled once for each."""

import re
from collections.abc import Mapping

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_ROW_LOCK = re.compile(r"\bFOR UPDATE( SKIP LOCKED)?\b")


class Statement:
    """SQL with `:named` parameters. What PostgreSQL says quite differently is given as `postgresql`."""

    def __init__(self, sql: str, *, postgresql: str | None = None) -> None:
        parameter_names = dict.fromkeys(_PARAMETER.findall(postgresql or sql))
        self._sql_by_dialect = {
            "sqlite": _without_row_locks(sql),
            "postgresql": _number_parameters(postgresql or sql, list(parameter_names)),
        }
        self._parameter_names = tuple(parameter_names)
        self.postgresql_sql = self._sql_by_dialect["postgresql"].encode()
        """As PostgreSQL is sent it: psycopg looks up by these bytes what is prepared, and bytes keep their hash."""

    def sql_for(self, dialect: str) -> str:
        return self._sql_by_dialect[dialect]

    def order_parameters(self, parameters: Mapping[str, object]) -> list[object]:
        """The values as PostgreSQL numbers its parameters."""
        return [parameters[name] for name in self._parameter_names]


def _without_row_locks(sql: str) -> str:
    """SQLite has one writer, and so no rows to lock."""
    return _ROW_LOCK.sub("", sql)


def _number_parameters(sql: str, parameter_names: list[str]) -> str:
    return _PARAMETER.sub(lambda match: f"${parameter_names.index(match[1]) + 1}", sql)
