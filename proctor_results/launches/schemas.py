"""The body of `POST /sessions`, and its answer."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from proctor_results.api.fields import NonEmptyText
from proctor_results.formats.text import IDENTIFIER_PATTERN, IDENTIFIER_RULE
from proctor_results.sessions.schemas import SessionSchema

_TEXT_LIST = fields.List(NonEmptyText(), load_default=list, validate=validate.Length(max=100))


class LaunchRequestSchema(Schema):
    """The learner, the exam, and how it is proctored."""

    identifier = fields.String(
        validate=validate.Regexp(rf"{IDENTIFIER_PATTERN}\Z", error=IDENTIFIER_RULE),
        metadata={"description": "generated if left out; the same one resumes the sitting"},
    )
    vendor = fields.String(
        metadata={"description": "needed where several can launch and DEFAULT_VENDOR is not set"}
    )
    student = NonEmptyText(required=True)
    exam = NonEmptyText(metadata={"description": "names the exam's policy"})
    course = NonEmptyText()
    activity = NonEmptyText(metadata={"description": "the activity that starts proctoring"})
    nickname = NonEmptyText()
    subject = NonEmptyText()
    template = NonEmptyText(load_default="default")
    deadline = fields.AwareDateTime(
        default_timezone=UTC, metadata={"description": "no start after it"}
    )
    expires = fields.AwareDateTime(
        default_timezone=UTC, metadata={"description": "of the vendor's token"}
    )
    timeout = fields.Integer(
        strict=True, validate=validate.Range(1, 1440), metadata={"description": "minutes"}
    )
    tags = _TEXT_LIST
    invites = _TEXT_LIST
    labels = _TEXT_LIST
    lang = fields.String(validate=validate.Length(2, 20))
    group = NonEmptyText()
    referrer = fields.Url(schemes={"http", "https"}, require_tld=False)
    url = fields.Url(schemes={"http", "https"}, require_tld=False)
    api = fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        metadata={"description": "our webhook by default"},
    )
    proctor = NonEmptyText(metadata={"description": "a username; answers with a link for them"})


class VendorLaunchSchema(Schema):
    """The vendor's part of a launch."""

    token = fields.String(required=True)
    link = fields.String(
        required=True, metadata={"description": "starts without the vendor's script"}
    )
    report = fields.String(required=True, metadata={"description": "the protocol of the sitting"})
    proctor_link = fields.String(required=True, allow_none=True)


class HtmlSchema(Schema):
    """HTML for the exam page."""

    script = fields.String(
        required=True,
        attribute="script_html",
        metadata={"description": "init, start, stop and logout by script"},
    )
    attributes = fields.String(
        required=True,
        attribute="attributes_html",
        metadata={"description": "the same by data attributes"},
    )


class LaunchSchema(Schema):
    """One launch, for the exam page."""

    number = fields.Integer(required=True)
    token = fields.String(
        required=True, metadata={"description": "for heartbeats and metrics, good for a day"}
    )
    heartbeats = fields.String(required=True)
    metrics = fields.String(required=True)
    next_in_ms = fields.Integer(required=True)
    vendor = fields.Nested(VendorLaunchSchema, required=True)
    html = fields.Nested(HtmlSchema, required=True)


class LaunchResponseSchema(Schema):
    """A session and its newest launch."""

    session = fields.Nested(SessionSchema, required=True)
    launch = fields.Nested(LaunchSchema, required=True)
