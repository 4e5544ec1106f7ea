"""Fields of vendors' bodies: as lenient as the meaning is clear, and no more."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from marshmallow import ValidationError, validate
from marshmallow.fields import Field, String

from proctor_results.domain.json_value import Json
from proctor_results.domain.storable import fault_of

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_LARGEST = 1e15
DEEPEST = 32


class Text(String):
    """A text of limited length that every database can hold."""

    def __init__(self, *, at_most: int) -> None:
        super().__init__(validate=[validate.Length(max=at_most), _storable])


class Number(Field[float]):
    """A number, or a text that spells one. Whole numbers come out as int, whatever way they were written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> float:
        return _number(value)


class Moment(Field[datetime]):
    """An ISO 8601 date and time; without an offset it is UTC, as vendors' guides say of theirs."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValidationError("Not an ISO 8601 date and time.") from error


class Averages(Field[dict[str, float]]):
    """An object of metric codes and numbers; a metric that is null was not measured."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, float]:
        if not isinstance(value, dict):
            raise ValidationError("Not an object of metrics and numbers.")
        return {metric: _average(metric, each) for metric, each in value.items() if each is not None}


def _average(metric: str, value: Any) -> float:
    try:
        _storable(metric)
        return _number(value)
    except ValidationError as error:
        raise ValidationError({metric: error.messages}) from error


def _number(value: Any) -> float:
    if type(value) is int and -_LARGEST <= value <= _LARGEST:  # as nearly all are
        return value
    number = _spelt(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ValidationError("Not a number.")
    if not abs(number) <= _LARGEST or not isfinite(number):
        raise ValidationError("Too large a number.")
    return int(number) if number == int(number) else float(number)


def _spelt(text: str) -> float | None:
    if not _JSON_NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def check_extra(extra: Mapping[str, Json]) -> None:
    """Raises ValidationError for fields beyond a vendor's guide that cannot be kept as they are.

    That is text no database holds, numbers beyond a double, and nesting beyond all reason.
    """
    for name, value in extra.items():
        try:
            storable([name, value])
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from error


def storable(value: Json, depth: int = 0) -> None:
    """Raises ValidationError for what `check_extra` names."""
    if depth > DEEPEST:
        raise ValidationError(f"Nested deeper than {DEEPEST} levels.")
    if isinstance(value, str):
        _storable(value)
    elif isinstance(value, float) and not isfinite(value):
        raise ValidationError("Too large a number.")
    elif isinstance(value, Mapping):
        storable([*value.keys(), *value.values()], depth)
    elif isinstance(value, Sequence):
        for below in value:
            storable(below, depth + 1)


def _storable(text: str) -> None:
    fault = fault_of(text)
    if fault:
        raise ValidationError(fault)
