"""The schema of a policy file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, post_load, validate, validates_schema
from marshmallow.fields import Boolean, Dict, Float, Integer, List, Nested, String

from proctor_results.policies.live_rules import MAX_KEPT_METRICS
from proctor_results.sessions.enums import BUILTIN_RULES, RuleAction

Table = Mapping[str, Any]
OFF = "off"
CONDITIONS = ("score", "average", "live")


class _IgnoringSchema(Schema):
    @post_load
    def _make_tuple(self, table: dict[str, Any], **_: object) -> dict[str, Any]:
        return {**table, "ignoring": tuple(dict.fromkeys(table["ignoring"]))}


class _ScoreSchema(_IgnoringSchema):
    below = Float(required=True, validate=validate.Range(0, 100))
    ignoring = List(String(), load_default=list)


class _AverageSchema(Schema):
    metric = String(required=True, validate=validate.Length(min=1))
    at_least = Float(required=True)


class _LiveSchema(_IgnoringSchema):
    metric = String(validate=validate.Length(min=1))
    at_least = Float()
    score_below = Float(validate=validate.Range(0, 100))
    ignoring = List(String(), load_default=list)
    times = Integer(strict=True, validate=validate.Range(1, MAX_KEPT_METRICS))
    of_last = Integer(strict=True, validate=validate.Range(1, MAX_KEPT_METRICS))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _check_live_condition(self, table: Table, original: object, **_: object) -> None:
        original_table = _as_table(original)
        if ("metric" in original_table) != ("at_least" in original_table):
            raise ValidationError("metric and at_least belong together", "metric")
        if "metric" in original_table and (
            "score_below" in original_table or original_table.get("ignoring")
        ):
            raise ValidationError("a rule on a metric does not look at the score", "metric")
        if table.get("times", 1) > table.get("of_last", 1):
            raise ValidationError("is more than of_last", "times")


class _RuleSchema(Schema):
    name = String(
        required=True,
        validate=[
            validate.Length(min=1),
            validate.NoneOf(BUILTIN_RULES, error="is the name of a built-in rule"),
        ],
    )
    action = String(required=True, validate=validate.OneOf([*RuleAction, OFF]))
    score = Nested(_ScoreSchema)
    average = Nested(_AverageSchema)
    live = Nested(_LiveSchema)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _check_single_condition(self, _loaded: Table, original: object, **_: object) -> None:
        original_table = _as_table(original)
        if original_table and len(original_table.keys() & CONDITIONS) != (
            original_table.get("action") != OFF
        ):
            conditions = ", ".join(CONDITIONS)
            raise ValidationError(
                f"a rule has exactly one of {conditions}; a rule that is off has none"
            )


class _ExamSchema(Schema):
    hold_skipped = Boolean(truthy={True}, falsy={False})
    auto_accept_score = Float(validate=validate.Range(0, 100))
    rules = List(Nested(_RuleSchema), load_default=list)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _check_unique_names(self, _loaded: Table, original: object, **_: object) -> None:
        rules_with_names = _named_rules(original)
        names = [name for _, name in rules_with_names]
        duplicates = {
            index: name
            for number, (index, name) in enumerate(rules_with_names)
            if name in names[:number]
        }
        if duplicates:
            message = "is also the name of an earlier rule"
            raise ValidationError({"rules": {index: {"name": [message]} for index in duplicates}})


class PolicySchema(_ExamSchema):
    """The whole file: the default for every exam, and sections of single exams."""

    exams = Dict(String(), Nested(_ExamSchema), load_default=dict)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _check_disabled_rules_exist(self, _loaded: Table, original: object, **_: object) -> None:
        default_names = [name for _, name in _named_rules(original)]
        errors = {
            exam: dict(_unknown_disabled_rules(exam_table, default_names))
            for exam, exam_table in _as_table(_as_table(original).get("exams")).items()
        }
        if any(errors.values()):
            raise ValidationError(
                {
                    "exams": {
                        exam: {"value": {"rules": rule_errors}}
                        for exam, rule_errors in errors.items()
                        if rule_errors
                    }
                }
            )


def _unknown_disabled_rules(
    exam_table: object, default_names: Sequence[object]
) -> Iterator[tuple[int, object]]:
    """Find rules that are switched off and do not exist: a misspelt name would leave a rule on."""
    rules = _as_table(exam_table).get("rules")
    for index, name in _named_rules(exam_table):
        if _as_table(rules[index]).get("action") == OFF and name not in default_names:  # type: ignore[index]  # it is a list
            yield (
                index,
                {"name": ["is not the name of a rule above, so it cannot be switched off"]},
            )


def _named_rules(original: object) -> list[tuple[int, object]]:
    """Return index and name of the rules that have names."""
    rules = _as_table(original).get("rules")
    tables = [_as_table(rule) for rule in rules] if isinstance(rules, list) else []
    return [(index, rule["name"]) for index, rule in enumerate(tables) if "name" in rule]


def _as_table(value: object) -> Table:
    """A value that is no table is an error that its field has reported already."""
    return value if isinstance(value, Mapping) else {}
