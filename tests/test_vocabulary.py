"""The words of the project: no metaphors and no private words, one name for one idea.

The test reads code, comments, texts, templates, scripts and pages alike, and splits `snake_case`
and `CamelCase`.
"""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, files, name, tree

BANNED = {
    "use Dependencies, package": "house houses premises furnish furnished furnishing",
    "use attacker, client": "stranger strangers",
    "use endpoint, realm, web process": "door doors ear ears gate gates knock knocks knocked",
    "use manual, operator": "hand",
    "use database": "ledger ledgers",
    "use notify, send, deliver, report": "tell tells told telling untold retell retold retelling",
    "use receive, heartbeat": "hear hears heard hearing unheard hearsay",
    "use heartbeat": "beat beats beating beaten pulse breath",
    "use heartbeat state, monitor": "watch watches watcher watchers",
    "use the reason of the end": "goodbye goodbyes",
    "use completed": "land lands landed landing landings",
    "use final, finalize, finished": "settle settles settled settling settlement",
    "use precedence": "standing standings",
    "use checkpoint": "seal seals sealed sealing sealer",
    "use evidence bundle": "dossier dossiers",
    "use counter": "tally tallies",
    "use heartbeat timing, schedule": "rhythm stride strides",
    "use scan, read": "walk walks walked stroll strolls",
    "use response mode": "mood moods",
    "use step, setup": "stage stages",
    "use kill, end": "doom doomed fate fates",
    "use reconcile": "reckoning",
    "use wait, timeout": "patient patience lapsed",
    "name the actor: worker, LMS, operator, learner, browser, vendor, sender": (
        "somebody nobody whoever everybody anybody"
    ),
}
"""The words to use instead → the words that are banned."""

BANNED_PHRASES = {
    "by hand": "manually, by an operator",
    "so many": "the number",
    "lets go": "releases, deletes, closes",
    "let go": "release, delete, close",
    "in the air": "in flight",
    "given up": "failed",
    "gave up": "failed",
}

NOT_OURS = re.compile(r"\b(ast|os)\.walk\b|\bwalk_packages\b|\benv\.seal\(\)")
"""Names of the standard library and of environs."""

NOT_READ = (
    "tests/samples/",
    "tests/security/corpus/",  # requests as attackers write them
    "tests/test_vocabulary.py",
    "requirements",
)
READ = {".py", ".md", ".html", ".js", ".css", ".toml", ".txt", ".json", ""}
SUBJECTLESS = re.compile(r"(What|Who|Whom|Whose)\b")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
INSTEAD = {word: advice for advice, words in BANNED.items() for word in words.split()}


def sources() -> list[str]:
    """Return the paths of all files that are written by us, from the root of the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [path for path in listed.splitlines() if (ROOT / path).is_file()]
    ours = [path for path in paths if not path.startswith(NOT_READ) and "/recorded/" not in path]
    return [path for path in ours if Path(path).suffix in READ]


def banned_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the word and the word to use instead."""
    for number, line in enumerate(text.splitlines(), 1):
        words = [word.lower() for word in WORD.findall(NOT_OURS.sub("", line))]
        yield from ((number, word, INSTEAD[word]) for word in words if word in INSTEAD)
        joined = f" {' '.join(words)} "
        for phrase, advice in BANNED_PHRASES.items():
            if f" {phrase} " in joined:
                yield number, phrase, f"use {advice}"


def found(path: str) -> list[str]:
    in_path = [f"{path}: {word} ({advice})" for _, word, advice in banned_words(path)]
    text = (ROOT / path).read_text()
    in_text = [f"{path}:{line}: {word} ({advice})" for line, word, advice in banned_words(text)]
    return in_path + in_text + list(subjectless_docstrings(path))


def subjectless_docstrings(path: str) -> Iterator[str]:
    """Yield the docstrings of the package that are no sentence: "What is due." has no subject."""
    if path.startswith("proctor_results/") and path.endswith(".py"):
        for node in ast.walk(tree(ROOT / path)):
            match node:
                case ast.Expr(value=ast.Constant(value=str(text))) if SUBJECTLESS.match(text):
                    yield f"{path}:{node.lineno}: {text}"


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path in files():
        nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
        yield from ((name(path), node) for node in nodes)


def test_every_file_uses_the_words_of_the_field() -> None:
    assert [use for path in sources() for use in found(path)] == []


def test_no_two_classes_have_one_name() -> None:
    """A row may have the name of the value that it stores; only stores use rows."""
    names = [
        node.name
        for module, node in classes()
        if not module.startswith("database/models") and node.name != "Meta"
    ]

    assert [class_name for class_name, count in Counter(names).items() if count > 1] == []


def test_values_of_enums_are_snake_case() -> None:
    values = [
        str(item.value.value)
        for _, node in classes()
        if "StrEnum" in {ast.unparse(base) for base in node.bases}
        for item in node.body
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
    ]

    assert [value for value in values if not re.fullmatch(r"[a-z][a-z0-9_]*", value)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tell_lms", ["tell"]),
        ("class LedgerAway:", ["ledger"]),
        ("HTTP 502 is a bad gateway", []),
        ("locked by-hand", ["hand", "by hand"]),
        ("for node in ast.walk(tree)", []),
    ],
)
def test_words_are_found_within_names(text: str, words: list[str]) -> None:
    assert [word for _, word, _ in banned_words(text)] == words
