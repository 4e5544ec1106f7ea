"""Supervisor (YouTestMe Proctoring, proctoring.online): translates its result webhook.

Source: "SDK-based Integration with YouTestMe Proctoring", section 5, table 4.1, and the request captured there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.fields import String
from marshmallow.validate import Range, Regexp

from proctor_results.domain.identifier import PATTERN, RULE
from proctor_results.domain.report import Report
from proctor_results.domain.words import Status
from proctor_results.vendors import strict_json
from proctor_results.vendors.base import Invalid, Malformed, Reading, Unrecognised
from proctor_results.vendors.fields import Averages, Moment, Number, Text, check_extra


@dataclass(frozen=True)
class Supervisor:
    """The translator of this vendor."""

    name: str = "supervisor"

    def read(self, body: bytes) -> Reading:
        """The report in a webhook's body. Older servers say `id` where newer ones say `identifier`."""
        try:
            document = strict_json.parse(body)
        except strict_json.NotStrictJson as error:
            return Malformed(detail=str(error))
        if not isinstance(document, Mapping):
            return Invalid(detail="not a JSON object")
        return _read({name: value for name, value in document.items() if value is not None})


def _read(said: dict[str, Any]) -> Reading:
    said.setdefault("identifier", said.get("id"))
    try:
        extra = {name: value for name, value in said.items() if name not in _NAMES}
        return _translated(_RESULT.load(said), extra)
    except ValidationError as error:
        return Invalid(detail=_summary(error), errors=error.messages_dict, identifier=_identifier(said))


def _identifier(said: Mapping[str, Any]) -> str | None:
    """The identifier of a body that is wrong elsewhere, so that its receipt can be found by it."""
    try:
        identifier: str = _IDENTIFIER.deserialize(said["identifier"])
    except ValidationError:
        return None
    return identifier


def _translated(said: dict[str, Any], extra: dict[str, Any]) -> Reading:
    if extra.pop("id", said["identifier"]) != said["identifier"]:
        raise ValidationError({"id": ["Differs from identifier."]})
    check_extra(extra)
    word = said.pop("status", None)
    if word is not None and word not in _STATUS:
        return Unrecognised(identifier=said["identifier"], detail=f"status {word!r} is not known")
    return Report(**said, status=_STATUS.get(word), extra=extra)


def _summary(error: ValidationError) -> str:
    return f"wrong: {', '.join(sorted(map(ascii, error.messages_dict)))}"


# What the guide's table calls them; their words happen to be ours.
_STATUS = {status.value: status for status in Status if status is not Status.CREATED}
_IDENTIFIER = String(required=True, validate=Regexp(rf"{PATTERN}\Z", error=RULE))


class _Result(Schema):
    class Meta:
        unknown = EXCLUDE  # they are kept beside, where a name of ours in them means nothing

    identifier = _IDENTIFIER
    status = Text(at_most=50)
    duration = Number(validate=Range(min=0, max=1_000_000))
    started_at = Moment(data_key="startedAt")
    stopped_at = Moment(data_key="stoppedAt")
    signed_at = Moment(data_key="signedAt")
    score = Number(validate=Range(0, 100))
    averages = Averages()
    student = Text(at_most=200)
    proctor = Text(at_most=200)
    comment = Text(at_most=20_000)
    conclusion = Text(at_most=20_000)
    link = Text(at_most=2_000)


_RESULT = _Result()
_NAMES = {field.data_key or name for name, field in _RESULT.fields.items()}
