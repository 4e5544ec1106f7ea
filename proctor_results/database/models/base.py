"""peewee models: what a row of each table is. Times are whole milliseconds since 1970 UTC."""

from datetime import datetime
from typing import Any

import peewee

from proctor_results.database.values import dump_json, load_json
from proctor_results.formats.times import from_milliseconds, to_milliseconds


class TimeField(peewee.BigIntegerField):
    """An aware UTC datetime, stored as milliseconds."""

    def db_value(self, value: datetime | int | None) -> int | None:
        return to_milliseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else from_milliseconds(value)


class JsonField(peewee.TextField):
    """A JSON value, stored as text."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else dump_json(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else load_json(value)


class Row(peewee.Model):
    """No database is bound to the models: `Database.select` and `change` run their queries."""

    class Meta:
        legacy_table_names = False
