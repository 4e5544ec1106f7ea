"""Reads a policy from its TOML text."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files

from marshmallow import ValidationError

from proctor_results.domain.live import LiveRule
from proctor_results.domain.policy import AverageRule, ExamPolicy, Policy, Rule, ScoreRule
from proctor_results.domain.words import Action
from proctor_results.policy_lines import Path, lines
from proctor_results.policy_schema import OFF, PolicyFile, Table


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
        table: Table = PolicyFile().load(tomllib.loads(text))
    except RecursionError as error:
        raise BadPolicy(["not TOML: nested too deeply"]) from error
    except (ValueError, ValidationError) as error:
        raise BadPolicy(_said(error, text)) from error
    return table


def _said(error: ValueError | ValidationError, text: str) -> list[str]:
    """Every fault with its line, in the order of the lines; of what is not TOML, the first that is not."""
    if not isinstance(error, ValidationError):
        return [_syntax(error, text)]
    known = lines(text)
    found = sorted((_line(path, known), _spelt(path), message) for path, message in _faults(error.messages_dict))
    return [f"line {line}: {place}: {message}".replace(": : ", ": ") for line, place, message in found]


def _syntax(error: ValueError, text: str) -> str:
    """The library says where in words: at a line and a column, or at the end."""
    what, _, where = str(error).removesuffix(")").partition(" (at line ")
    if not where:
        return f"line {len(text.splitlines())}: not TOML: {error}"
    line, _, column = where.partition(", ")
    return f"line {line}: not TOML: {what} ({column})"


def _faults(messages: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _faults(_unwrapped(below, path), path if name == "_schema" else (*path, name))
    elif isinstance(messages, list):
        yield from ((path, message) for message in messages)


def _unwrapped(messages: object, path: Path) -> object:
    """marshmallow wraps what is wrong with an exam, because its name might be wrong, too."""
    return messages.get("value", messages) if path == ("exams",) and isinstance(messages, dict) else messages


def _line(path: Path, known: Mapping[Path, int]) -> int:
    """That of the fault, or where it lacks something, of what it is part of."""
    while path and path not in known:
        path = path[:-1]
    return known.get(path, 1)


def _spelt(path: Path) -> str:
    """`rules[2].action`: lists count from 1, as people do; names that need quotes have them."""
    return "".join(f"[{name + 1}]" if isinstance(name, int) else f".{_quoted(name)}" for name in path).lstrip(".")


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name, ensure_ascii=False)
