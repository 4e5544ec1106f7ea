"""Finding the lines of a TOML text."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_results.policies.policy_lines import Path, line_numbers

EVERYTHING = '''# a comment with = and [brackets]
title = "a # that is no comment, a \\" and a ]"
"quoted.key" = 1
dotted . key = { inline = true, list = [1, [2, "]"]] }
several = """
"two" quotes, and an end with one more""""
literal = \'\'\'
[no.table]\'\'\'

list = [
  1, # with a comment ]
  "two",

  { three = 3 },
]

[[rules]]
name = 'first'
[rules.below]
depth = 2
[[rules]]
name = "second"
[exams."final.2026"]
moment = 2026-03-02 09:00:00
[[exams."final.2026".rules]]
name = ""
'''

WHERE: dict[Path, int] = {
    ("title",): 2,
    ("quoted.key",): 3,
    ("dotted", "key", "list", 1, 1): 4,
    ("several",): 5,
    ("literal",): 7,
    ("list",): 10,
    ("list", 0): 11,
    ("list", 1): 12,
    ("list", 2): 14,
    ("list", 2, "three"): 14,
    ("rules",): 17,
    ("rules", 0): 17,
    ("rules", 0, "below", "depth"): 20,
    ("rules", 1): 21,
    ("rules", 1, "name"): 22,
    ("exams", "final.2026", "moment"): 24,
    ("exams", "final.2026", "rules", 0, "name"): 26,
}


@pytest.mark.parametrize(("path", "line"), WHERE.items(), ids=map(str, WHERE))
def test_everything_has_the_line_where_it_begins(path: Path, line: int) -> None:
    assert line_numbers(EVERYTHING)[path] == line


def test_everything_that_the_librarys_reader_finds_has_a_line_and_nothing_else() -> None:
    assert set(line_numbers(EVERYTHING)) == set(paths(tomllib.loads(EVERYTHING)))


TEXTS = st.text(st.sampled_from("a\"'#=[]{},. \\\n\t\u00e9"), max_size=6)
VALUES = st.recursive(
    st.integers() | st.booleans() | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.data())
def test_whatever_is_written_however_is_found(said: dict[str, Any], data: st.DataObject) -> None:
    text = "".join(f"{json.dumps(key)} = {written(value, data)}\n" for key, value in said.items())

    assert tomllib.loads(text) == said
    assert set(line_numbers(text)) == set(paths(said))


def test_what_is_nested_beyond_reason_is_left_out() -> None:
    assert line_numbers(f"a = 1\nb = {'[' * 3000}{']' * 3000}")[("a",)] == 1


def written(value: object, data: st.DataObject) -> str:
    """The value in TOML, with lists on one line or on several."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(key)} = {written(below, data)}" for key, below in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        gap = data.draw(st.sampled_from([" ", "\n", " # ]\n"]))
        return f"[{gap}" + f",{gap}".join(written(below, data) for below in value) + f"{gap}]"
    if isinstance(value, str) and "'" not in value and data.draw(st.booleans()):
        return f"'''\n{value}'''"
    return json.dumps(value)


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    below: Any = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, each in below:
        yield (*path, name)
        yield from paths(each, (*path, name))
