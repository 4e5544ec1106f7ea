"""A text that somebody outside sends, and that can be kept."""

from marshmallow import ValidationError, validate
from marshmallow.fields import String

from proctor_results.formats.text import storage_problem


class NonEmptyText(String):
    """A text of 1 to so many characters that every database can hold."""

    def __init__(self, max_length: int = 200, **string_options: object) -> None:
        super().__init__(
            validate=[validate.Length(1, max_length), _validate_storable],
            **string_options,  # type: ignore[arg-type]  # those of String
        )


def _validate_storable(text: str) -> None:
    error = storage_problem(text)
    if error:
        raise ValidationError(error)
