"""How values are stored: times as milliseconds since 1970 UTC, composite values as JSON text."""

import json
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND


dump_json = json.JSONEncoder(separators=(",", ":")).encode
load_json = json.JSONDecoder().decode
