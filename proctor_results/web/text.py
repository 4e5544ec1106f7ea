"""A text that somebody outside sends, and that can be kept."""

from marshmallow import ValidationError, validate
from marshmallow.fields import String

from proctor_results.domain.storable import fault_of


class Text(String):
    """A text of 1 to so many characters that every database can hold."""

    def __init__(self, at_most: int = 200, **more: object) -> None:
        super().__init__(validate=[validate.Length(1, at_most), _storable], **more)  # type: ignore[arg-type]  # those of String


def _storable(text: str) -> None:
    fault = fault_of(text)
    if fault:
        raise ValidationError(fault)
