"""What a policy file may say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, post_load, validate, validates_schema
from marshmallow.fields import Boolean, Dict, Float, Integer, List, Nested, String

from proctor_results.domain.live import KEPT_EVENTS
from proctor_results.domain.words import OUR_RULES, Action

Table = Mapping[str, Any]
OFF = "off"
MEASURES = ("score", "average", "live")


class _FrozenLists(Schema):
    @post_load
    def _freeze(self, table: dict[str, Any], **_: object) -> dict[str, Any]:
        return {**table, "ignoring": tuple(dict.fromkeys(table["ignoring"]))}


class _Score(_FrozenLists):
    below = Float(required=True, validate=validate.Range(0, 100))
    ignoring = List(String(), load_default=list)


class _Average(Schema):
    metric = String(required=True, validate=validate.Length(min=1))
    at_least = Float(required=True)


class _Live(_FrozenLists):
    metric = String(validate=validate.Length(min=1))
    at_least = Float()
    score_below = Float(validate=validate.Range(0, 100))
    ignoring = List(String(), load_default=list)
    times = Integer(strict=True, validate=validate.Range(1, KEPT_EVENTS))
    of_last = Integer(strict=True, validate=validate.Range(1, KEPT_EVENTS))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _makes_sense(self, table: Table, written: object, **_: object) -> None:
        said = _table(written)
        if ("metric" in said) != ("at_least" in said):
            raise ValidationError("metric and at_least belong together", "metric")
        if "metric" in said and ("score_below" in said or said.get("ignoring")):
            raise ValidationError("a rule on a metric does not look at the score", "metric")
        if table.get("times", 1) > table.get("of_last", 1):
            raise ValidationError("is more than of_last", "times")


class _Rule(Schema):
    name = String(
        required=True,
        validate=[
            validate.Length(min=1),
            validate.NoneOf(OUR_RULES, error="is the name of something that is decided without a policy"),
        ],
    )
    action = String(required=True, validate=validate.OneOf([*Action, OFF]))
    score = Nested(_Score)
    average = Nested(_Average)
    live = Nested(_Live)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _measures_one_thing(self, _table_: Table, written: object, **_: object) -> None:
        said = _table(written)
        if said and len(said.keys() & MEASURES) != (said.get("action") != OFF):
            measures = ", ".join(MEASURES)
            raise ValidationError(f"a rule measures exactly one of {measures}; a rule that is off measures none")


class _Exam(Schema):
    hold_skipped = Boolean(truthy={True}, falsy={False})
    auto_accept_score = Float(validate=validate.Range(0, 100))
    rules = List(Nested(_Rule), load_default=list)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _names_are_unique(self, _table_: Table, written: object, **_: object) -> None:
        named = _named(written)
        names = [name for _, name in named]
        twice = {place: name for number, (place, name) in enumerate(named) if name in names[:number]}
        if twice:
            said = "is the name of an earlier rule, too"
            raise ValidationError({"rules": {place: {"name": [said]} for place in twice}})


class PolicyFile(_Exam):
    """The whole file: what holds for every exam, and what some say of their own."""

    exams = Dict(String(), Nested(_Exam), load_default=dict)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _only_what_is_there_is_switched_off(self, _table_: Table, written: object, **_: object) -> None:
        there = [name for _, name in _named(written)]
        faults = {exam: dict(_missing(own, there)) for exam, own in _table(_table(written).get("exams")).items()}
        if any(faults.values()):
            raise ValidationError(
                {"exams": {exam: {"value": {"rules": said}} for exam, said in faults.items() if said}}
            )


def _missing(own: object, there: Sequence[object]) -> Iterator[tuple[int, object]]:
    """A misspelt name would leave on what was meant to be off."""
    rules = _table(own).get("rules")
    for place, name in _named(own):
        if _table(rules[place]).get("action") == OFF and name not in there:  # type: ignore[index]  # it is a list: it has places
            yield place, {"name": ["is not the name of a rule above, so there is nothing to switch off"]}


def _named(written: object) -> list[tuple[int, object]]:
    """The places of the rules that have names, and those names."""
    rules = _table(written).get("rules")
    tables = [_table(rule) for rule in rules] if isinstance(rules, list) else []
    return [(place, rule["name"]) for place, rule in enumerate(tables) if "name" in rule]


def _table(written: object) -> Table:
    """What is no table is a fault that its field has named already."""
    return written if isinstance(written, Mapping) else {}
