"""Reads a policy from its TOML text."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from marshmallow import Schema, ValidationError, post_load, validate, validates_schema
from marshmallow.fields import Boolean, Dict, Float, Integer, List, Nested, String

from proctor_results.domain.live import KEPT_EVENTS, LiveRule
from proctor_results.domain.policy import AverageRule, ExamPolicy, Policy, Rule, ScoreRule
from proctor_results.domain.words import Action

Table = Mapping[str, Any]
OFF = "off"


class BadPolicy(ValueError):  # noqa: N818  # it reads as what it is
    """The policy cannot be used. `faults` names every fault with its place in the file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def built_in() -> Policy:
    """The documented default, `default_policy.toml`."""
    return parse(files(__package__).joinpath("default_policy.toml").read_text(encoding="utf-8"))


def parse(text: str) -> Policy:
    """The policy of a TOML text. An exam's section starts from the default: its rules are added, or replace namesakes.

    Raises BadPolicy.
    """
    table = _valid(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    exams = {name: _exam(_merged(table, own), sha256) for name, own in table["exams"].items()}
    return Policy(text=text, sha256=sha256, default=_exam(table, sha256), exams=exams)


def _exam(table: Table, sha256: str) -> ExamPolicy:
    return ExamPolicy(
        sha256=sha256,
        hold_skipped=table.get("hold_skipped", False),
        auto_accept_score=table.get("auto_accept_score"),
        rules=tuple(_rule(rule) for rule in _on(table) if "live" not in rule),
        live_rules=tuple(_live_rule(rule) for rule in _on(table) if "live" in rule),
    )


def _merged(default: Table, own: Table) -> Table:
    named = {rule["name"]: rule for rule in (*default["rules"], *own["rules"])}
    return {**default, **own, "rules": list(named.values())}


def _on(table: Table) -> Iterator[Table]:
    return (rule for rule in table["rules"] if rule["action"] != OFF)


def _live_rule(table: Table) -> LiveRule:
    return LiveRule(name=table["name"], action=Action(table["action"]), **table["live"])


def _rule(table: Table) -> Rule:
    name, action = table["name"], Action(table["action"])
    if "score" in table:
        return ScoreRule(name=name, action=action, **table["score"])
    return AverageRule(name=name, action=action, **table["average"])


def _valid(text: str) -> Table:
    try:
        table: Table = _File().load(tomllib.loads(text))
    except RecursionError as error:
        raise BadPolicy(["not TOML: nested too deeply"]) from error
    except ValueError as error:  # of which TOMLDecodeError is one
        raise BadPolicy([f"not TOML: {error}"]) from error
    except ValidationError as error:
        raise BadPolicy(list(_faults(error.messages_dict))) from error
    return table


def _faults(messages: object, path: str = "") -> Iterator[str]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _faults(below, _step(path, name))
    elif isinstance(messages, list):
        yield from (f"{path}: {message}" for message in messages)


def _step(path: str, name: object) -> str:
    """`rules[2].action`: lists count from 1, as people do; marshmallow's own wrappers are left out, exams never are."""
    if isinstance(name, int):
        return f"{path}[{name + 1}]"
    wrapper = name in ("_schema", "value") and path != "exams"
    return path if wrapper else f"{path}.{name}".lstrip(".")


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

    @validates_schema
    def _makes_sense(self, table: Table, **_: object) -> None:
        if ("metric" in table) != ("at_least" in table):
            raise ValidationError("metric and at_least belong together", "metric")
        if "metric" in table and ("score_below" in table or table["ignoring"]):
            raise ValidationError("a rule on a metric does not look at the score", "metric")
        if table.get("times", 1) > table.get("of_last", 1):
            raise ValidationError("is more than of_last", "times")


_MEASURES = ("score", "average", "live")


class _Rule(Schema):
    name = String(required=True, validate=validate.Length(min=1))
    action = String(required=True, validate=validate.OneOf([*Action, OFF]))
    score = Nested(_Score)
    average = Nested(_Average)
    live = Nested(_Live)

    @validates_schema
    def _measures_one_thing(self, table: Table, **_: object) -> None:
        if len(table.keys() & _MEASURES) != (table.get("action") != OFF):
            measures = ", ".join(_MEASURES)
            raise ValidationError(f"a rule measures exactly one of {measures}; a rule that is off measures none")


class _Exam(Schema):
    hold_skipped = Boolean(truthy={True}, falsy={False})
    auto_accept_score = Float(validate=validate.Range(0, 100))
    rules = List(Nested(_Rule), load_default=list)

    @validates_schema
    def _names_are_unique(self, table: Table, **_: object) -> None:
        names = [rule["name"] for rule in table["rules"]]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValidationError(f"these rules are there twice: {', '.join(twice)}", "rules")


class _File(_Exam):
    exams = Dict(String(), Nested(_Exam), load_default=dict)
