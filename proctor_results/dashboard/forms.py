"""What operators fill in."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, HiddenField, PasswordField, SearchField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from proctor_results.domain.storable import fault_of
from proctor_results.domain.words import HoldKind, Outcome, Status


def storable(_: Form, field: Field) -> None:
    """Text that no database can hold cannot be looked for either."""
    fault = fault_of(field.data or "")
    if fault:
        raise ValidationError(fault)


class SignInForm(FlaskForm):
    """Name and password, and the page to go to."""

    name = StringField("Name", [InputRequired(), Length(max=200), storable], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password", [InputRequired(), Length(max=1024)], render_kw={"autocomplete": "current-password"}
    )
    back = HiddenField()


class ActForm(FlaskForm):
    """Why somebody acts."""

    reason = StringField("Reason", [Length(1, 2000), storable], [str.strip], default="")


def _any(words: type[Status | Outcome]) -> list[SelectChoice]:
    return [SelectChoice("", "any"), *(SelectChoice(word, word) for word in words)]


_HELD = [
    SelectChoice("", "any"),
    SelectChoice("any", "locked"),
    SelectChoice("none", "open"),
    *(SelectChoice(kind, f"locked: {kind}") for kind in HoldKind),
]


_TEXT = [Length(max=200), storable]


class SearchForm(Form):
    """What a session must be like; its names are those of `Wanted`."""

    begins = SearchField("Identifier or student begins with", _TEXT, [str.strip], default="")
    exam = StringField("Exam", _TEXT, [str.strip], default="")
    student = StringField("Student", _TEXT, [str.strip], default="")
    status = SelectField("Status", default="", choices=_any(Status))
    outcome = SelectField("Outcome", default="", choices=_any(Outcome))
    held = SelectField("Exam is", default="", choices=_HELD)
    undelivered = BooleanField("not yet told")
