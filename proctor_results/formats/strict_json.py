"""Parses JSON that can be read in exactly one way (RFC 8259; I-JSON, RFC 7493)."""

import json
from typing import Any, NoReturn

from proctor_results.formats.json_value import Json


class NotStrictJson(ValueError):  # noqa: N818  # it names what the text is
    """The text is not JSON, or two parsers could read it differently."""


def parse(body: bytes) -> Json:
    """Return the value of a UTF-8 JSON text.

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
