"""The forms that operators fill in."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    PasswordField,
    SearchField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from proctor_results.formats.text import storage_problem
from proctor_results.sessions.enums import HoldKind, Outcome, Status


def validate_storable(_: Form, field: Field) -> None:
    """Refuse text that no database can hold: PostgreSQL rejects it in a search, too."""
    error = storage_problem(field.data or "")
    if error:
        raise ValidationError(error)


class SignInForm(FlaskForm):
    """Name and password, and the page to show after that."""

    name = StringField(
        "Name",
        [InputRequired(), Length(max=200), validate_storable],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password",
        [InputRequired(), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )
    next_path = HiddenField()


class ReasonForm(FlaskForm):
    """The reason for an action."""

    reason = StringField("Reason", [Length(1, 2000), validate_storable], [str.strip], default="")


def _choices_with_any(values: Iterable[str]) -> list[SelectChoice]:
    return [SelectChoice("", "any"), *(SelectChoice(value, value) for value in values)]


_HOLD_CHOICES = [
    SelectChoice("", "any"),
    SelectChoice("any", "locked"),
    SelectChoice("none", "open"),
    *(SelectChoice(kind, f"locked: {kind}") for kind in HoldKind),
]

_TEXT_VALIDATORS = [Length(max=200), validate_storable]


class SearchForm(Form):
    """A search for sessions. Its field names are those of `SessionFilter`."""

    prefix = SearchField(
        "Identifier or student begins with", _TEXT_VALIDATORS, [str.strip], default=""
    )
    exam = StringField("Exam", _TEXT_VALIDATORS, [str.strip], default="")
    student = StringField("Student", _TEXT_VALIDATORS, [str.strip], default="")
    status = SelectField("Status", default="", choices=_choices_with_any(Status))
    outcome = SelectField("Outcome", default="", choices=_choices_with_any(Outcome))
    hold = SelectField("Exam is", default="", choices=_HOLD_CHOICES)
    has_pending_delivery = BooleanField("has pending deliveries")
