"""The type of a JSON value."""

from collections.abc import Mapping, Sequence

Scalar = str | int | float | bool | None
Json = Scalar | Mapping[str, "Json"] | Sequence["Json"]
