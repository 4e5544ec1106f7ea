"""How values are stored in columns: times as milliseconds since 1970 UTC, composite values as JSON text."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND


def dump_json(value: object) -> str:
    return _ENCODER.encode(value)


def load_json(text: str) -> Any:
    """Read what `dump_json` wrote. Raises ValueError for anything else."""
    value, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError("text follows the JSON value")
    return value


_ENCODER = json.JSONEncoder(separators=(",", ":"))
_DECODER = json.JSONDecoder()
