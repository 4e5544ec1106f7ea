"""Reads a policy from its TOML text."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

from marshmallow import ValidationError

from proctor_results.policies.live_rules import LiveRule
from proctor_results.policies.model import AverageRule, ExamPolicy, Policy, Rule, ScoreRule
from proctor_results.policies.schema import OFF, PolicySchema, Table
from proctor_results.sessions.enums import RuleAction

Path = tuple[str | int, ...]


class InvalidPolicy(ValueError):  # noqa: N818  # it reads as what it is
    """The policy cannot be used. Each of `errors` names a place and what is wrong with it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def default_policy() -> Policy:
    """Return the documented default, `default_policy.toml`."""
    return parse_policy(
        files(__package__).joinpath("default_policy.toml").read_text(encoding="utf-8")
    )


def parse_policy(text: str) -> Policy:
    """Read a TOML text. Raises InvalidPolicy.

    An exam's section starts from the default: its rules are added, or replace those of the same
    name.
    """
    table = _validate(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    exams = {
        name: _exam_policy(_merge_rules(table, exam_table), sha256)
        for name, exam_table in table["exams"].items()
    }
    return Policy(text=text, sha256=sha256, default=_exam_policy(table, sha256), exams=exams)


def _exam_policy(table: Table, sha256: str) -> ExamPolicy:
    return ExamPolicy(
        sha256=sha256,
        hold_skipped=table.get("hold_skipped", False),
        auto_accept_score=table.get("auto_accept_score"),
        rules=tuple(_build_rule(rule) for rule in _enabled_rules(table) if "live" not in rule),
        live_rules=tuple(
            _build_live_rule(rule) for rule in _enabled_rules(table) if "live" in rule
        ),
    )


def _merge_rules(default: Table, exam_table: Table) -> Table:
    rules_by_name = {rule["name"]: rule for rule in (*default["rules"], *exam_table["rules"])}
    return {**default, **exam_table, "rules": list(rules_by_name.values())}


def _enabled_rules(table: Table) -> Iterator[Table]:
    return (rule for rule in table["rules"] if rule["action"] != OFF)


def _build_live_rule(table: Table) -> LiveRule:
    return LiveRule(name=table["name"], action=RuleAction(table["action"]), **table["live"])


def _build_rule(table: Table) -> Rule:
    name, action = table["name"], RuleAction(table["action"])
    if "score" in table:
        return ScoreRule(name=name, action=action, **table["score"])
    return AverageRule(name=name, action=action, **table["average"])


def _validate(text: str) -> Table:
    try:
        table: Table = PolicySchema().load(tomllib.loads(text))
    except ValidationError as error:
        errors = sorted(_flatten_errors(error.messages_dict))
        raise InvalidPolicy(
            [": ".join(filter(None, (_format_path(path), message))) for path, message in errors]
        ) from error
    except RecursionError as error:
        raise InvalidPolicy(["not TOML: nested too deeply"]) from error
    except ValueError as error:
        raise InvalidPolicy([f"not TOML: {error}"]) from error
    return table


def _flatten_errors(messages: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, dict):
        for name, nested in messages.items():
            yield from _flatten_errors(
                _unwrap_exam_errors(nested, path), path if name == "_schema" else (*path, name)
            )
    elif isinstance(messages, list):
        yield from ((path, message) for message in messages)


def _unwrap_exam_errors(messages: object, path: Path) -> object:
    """marshmallow wraps the errors of an exam, because its name might be invalid too."""
    if path == ("exams",) and isinstance(messages, dict):
        return messages.get("value", messages)
    return messages


def _format_path(path: Path) -> str:
    """Write `rules[2].action`: lists count from 1, and names are quoted where TOML needs it."""
    return "".join(
        f"[{name + 1}]" if isinstance(name, int) else f".{_quote(name)}" for name in path
    ).lstrip(".")


def _quote(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name, ensure_ascii=False)
