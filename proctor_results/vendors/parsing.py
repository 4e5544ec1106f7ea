"""Reads vendors' bodies: strict JSON, and fields that are lenient where the meaning is clear."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any, NoReturn

from marshmallow import ValidationError, validate
from marshmallow.fields import Field, String

from proctor_results.formats.json_value import Json
from proctor_results.formats.text import UNSTORABLE, storage_problem

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_MAX_ABSOLUTE_VALUE = 1e15
MAX_NESTING = 32


class NotStrictJson(ValueError):  # noqa: N818  # it names what the text is
    """The text is not JSON, or two parsers could read it differently."""


def parse_strict_json(body: bytes) -> Json:
    """Return the value of a UTF-8 JSON text (RFC 8259; I-JSON, RFC 7493).

    Raises NotStrictJson for NaN, for names given twice and for anything that is not JSON.
    """
    try:
        value: Json = _DECODER.decode(body.decode())
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"not UTF-8: byte {error.start} cannot be read") from error
    except RecursionError as error:
        raise NotStrictJson("nested too deeply to be read") from error
    except ValueError as error:
        raise NotStrictJson(f"not JSON: {error}") from error
    return value


def _reject_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed_object = dict(pairs)
    if len(parsed_object) != len(pairs):
        raise ValueError("a name is given twice")
    return parsed_object


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_reject_duplicate_names, parse_constant=_reject_constant
)


class BoundedText(String):
    """A text of limited length that every database can hold."""

    def __init__(self, *, max_length: int) -> None:
        super().__init__(validate=[validate.Length(max=max_length), _validate_storable_text])


class Number(Field[float]):
    """A number, or a text that spells one. Whole numbers become int."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> float:
        return _to_number(value)


class Iso8601DateTime(Field[datetime]):
    """An ISO 8601 date and time; without an offset it is UTC, as vendors' guides say."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValidationError("Not an ISO 8601 date and time.") from error


class Averages(Field[dict[str, float]]):
    """An object of metric codes and numbers; a metric that is null was not measured."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, float]:
        if not isinstance(value, dict):
            raise ValidationError("Not an object of metrics and numbers.")
        return {
            metric: average
            if type(average) is int and 0 <= average <= 100 and metric.isalnum()
            else _parse_average(metric, average)
            for metric, average in value.items()
            if average is not None
        }


def _parse_average(metric: str, value: Any) -> float:
    if type(value) is int and abs(value) <= _MAX_ABSOLUTE_VALUE and not UNSTORABLE.search(metric):
        return value  # as nearly all are
    try:
        _validate_storable_text(metric)
        return _to_number(value)
    except ValidationError as error:
        raise ValidationError({metric: error.messages}) from error


def _to_number(value: Any) -> float:
    if type(value) is int and -_MAX_ABSOLUTE_VALUE <= value <= _MAX_ABSOLUTE_VALUE:
        return value  # as nearly all are
    number = _parse_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ValidationError("Not a number.")
    if not abs(number) <= _MAX_ABSOLUTE_VALUE or not isfinite(number):
        raise ValidationError("Too large a number.")
    return int(number) if number == int(number) else float(number)


def _parse_number(text: str) -> float | None:
    if not _JSON_NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def validate_extra(extra: Mapping[str, Json]) -> None:
    """Raise ValidationError for undocumented fields that cannot be stored unchanged.

    These are text that no database holds, numbers beyond a double, and nesting deeper than
    MAX_NESTING.
    """
    for name, value in extra.items():
        try:
            validate_storable_json([name, value])
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from error


def validate_storable_json(value: Json, depth: int = 0) -> None:
    """Raise ValidationError for a value that `validate_extra` describes."""
    if depth > MAX_NESTING:
        raise ValidationError(f"Nested deeper than {MAX_NESTING} levels.")
    if isinstance(value, str):
        _validate_storable_text(value)
    elif isinstance(value, float) and not isfinite(value):
        raise ValidationError("Too large a number.")
    elif isinstance(value, Mapping):
        validate_storable_json([*value.keys(), *value.values()], depth)
    elif isinstance(value, Sequence):
        for item in value:
            validate_storable_json(item, depth + 1)


def _validate_storable_text(text: str) -> None:
    if UNSTORABLE.search(text):
        raise ValidationError(storage_problem(text) or "")
