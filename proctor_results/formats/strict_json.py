"""Reads JSON that can be read in one way only (RFC 8259, I-JSON of RFC 7493)."""

import json
from typing import Any, NoReturn

from proctor_results.formats.json_value import Json


class NotStrictJson(ValueError):  # noqa: N818  # it reads as what it is
    """The text is not JSON, or two readers could understand it differently."""


def parse(body: bytes) -> Json:
    """The value of a UTF-8 JSON text; raises NotStrictJson for NaN, names given twice and anything that is not JSON."""
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
