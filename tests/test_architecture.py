"""The rules for files, imports and sizes in the package. CONTRIBUTING.md explains them.

A rule returns the files that break it, each with what is wrong. EXCEPTIONS lists the files that may
break a rule for now: a new file that breaks a rule fails the test, and so does a listed file that
no longer breaks it.
"""

import ast
import re
import statistics
from collections.abc import Callable, Iterator
from sys import stdlib_module_names

import pytest

from tests.support import source_tree
from tests.support.source_tree import PACKAGE, ROOT, files, folder, name, our_imports, role

EXCEPTIONS: dict[str, set[str]] = {
    "another_capability_is_imported_by_its_use_cases_and_values": {
        "dashboard/queries/session_details",
        "metrics/exposition",
        "metrics/readiness",
        "worker/registration",
    },
    "a_module_imports_at_most_ten_others": {
        "heartbeats/record_heartbeat",
    },
    "a_function_has_at_most_35_lines": {
        "deliveries/cli",
        "webhooks/cli",
    },
    "the_usual_file_and_function_are_short": {
        "median",
    },
}
"""Rule → names of files (or folders) that break it. Meant to be empty."""

COMPOSITION_ROOTS = {"api/setup", "cli/registry"}
"""Modules that wire everything together, beside app.py: they may import any module, and many."""

UNIT_OF_WORK = {"sessions/repository", "sessions/save"}
"""What the use cases of other capabilities may call of `sessions/` to load and save a session."""

VALUE_MODULES = {
    "sessions/model",
    "sessions/enums",
    "sessions/report",
    "sessions/receipt",
    "sessions/decision",
    "policies/model",
    "formats/json_value",
    "formats/times",
}
"""What `sessions/rules/` may import beside itself and the standard library."""

FORBIDDEN_IN_SESSIONS = {"os", "time", "random", "secrets", "socket", "logging", "clock"}
"""What `sessions/` may not import: a rule is given the time and everything else."""

WEB = {"views", "schemas"}
LIBRARIES: dict[str, set[str]] = {
    "flask": {*WEB, "api", "dashboard", "cli", "operators", "launches", "lms", "vendors"},
    "flask_smorest": {*WEB, "api", "launches", "lms", "vendors"},
    "flask_cors": {"api"},
    "sandbox": {"cli"},
    "flask_swagger_ui": {"api"},
    "flask_login": {"api", "dashboard", "operators"},
    "flask_wtf": {"dashboard", "operators"},
    "flask_bootstrap": {"dashboard"},
    "wtforms": {"dashboard", "operators"},
    "markupsafe": {"dashboard"},
    "werkzeug": {*WEB, "api", "dashboard", "operators", "vendors"},
    "marshmallow": {*WEB, "api", "policies", "vendors"},
    "webargs": {"api"},
    "click": {"cli"},
    "structlog": {*WEB, "cli", "api", "dashboard", "heartbeats", "logs", "worker", "jobs"},
    "peewee": {"store", "database", "sessions"},
    "playhouse": {"database"},
    "psycopg": {"database"},
    "requests": {"http_client", "deliveries", "vendors", "doctor"},
    "urllib3": {"http_client", "vendors"},
    "standardwebhooks": {"deliveries"},
    "jwt": {"launches", "vendors"},
    "cryptography": {"vendors", "evidence"},
    "environs": {"settings", "vendors", "deliveries"},
    "prometheus_client": {"metrics"},
    "gunicorn": {"logs"},
}
"""Library → the roles and folders of the files that may import it. No other library is used."""

TRANSACTION = re.compile(r"\.(transaction|run_write)\(")
WORK_LEFT = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")
SUPPRESSION = re.compile(r"# (noqa|type: ignore)")
SUPPRESSION_WITH_REASON = re.compile(r"# (noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])  # \w")

Violations = Iterator[tuple[str, str]]


def another_capability_is_imported_by_its_use_cases_and_values() -> Violations:
    for path in files():
        module = name(path)
        for imported in sorted(our_imports(path)):
            if module not in COMPOSITION_ROOTS and folder(imported) != folder(module):
                if role(imported) in ("store", "views", "cli"):
                    yield module, f"imports {imported}"
                if imported in UNIT_OF_WORK and role(module) != "other":
                    yield module, f"is no use case, and imports {imported}"


def the_rules_of_sessions_import_values_only() -> Violations:
    for path in files():
        if name(path).startswith("sessions/rules/"):
            for imported in source_tree.imports(path):
                ours = imported.startswith("sessions/rules") or imported in VALUE_MODULES
                if not ours and imported not in stdlib_module_names:
                    yield name(path), f"imports {imported}"


def sessions_are_given_the_time() -> Violations:
    for path in files():
        if folder(name(path)) == "sessions":
            for imported in source_tree.imports(path) & FORBIDDEN_IN_SESSIONS:
                yield name(path), f"imports {imported}"


def a_library_is_used_where_it_belongs() -> Violations:
    for path in files():
        module = name(path)
        for library in source_tree.imports(path):
            ours = "/" in library or (PACKAGE / library).exists() or library == "__init__"
            if ours or (PACKAGE / f"{library}.py").exists() or library in stdlib_module_names:
                continue
            if not LIBRARIES.get(library, set()) & {role(module), folder(module)}:
                yield module, f"imports {library}"


def modules_import_each_other_in_one_direction() -> Violations:
    for circle in source_tree.circles():
        yield from ((module, f"imports in a circle: {sorted(circle)}") for module in circle)


def a_module_imports_at_most_ten_others() -> Violations:
    for path in files():
        ours = our_imports(path)
        if len(ours) > 10 and name(path) not in COMPOSITION_ROOTS:
            yield name(path), f"imports {len(ours)} of our modules"


def a_folder_has_at_most_ten_files() -> Violations:
    for inside in {path.parent for path in files()}:
        modules = [path for path in inside.glob("*.py") if path.stem != "__init__"]
        if len(modules) > 10:
            yield str(inside.relative_to(PACKAGE)), f"has {len(modules)} files"


def a_vendor_is_known_to_the_registry_only() -> Violations:
    for path in files():
        module = name(path)
        for imported in our_imports(path):
            parts = imported.split("/")
            if parts[0] != "vendors" or not (PACKAGE / "vendors" / parts[1]).is_dir():
                continue
            if module != "vendors/registry" and not module.startswith(f"vendors/{parts[1]}"):
                yield module, f"imports {imported}"


def a_vendors_name_is_in_its_folder_and_one_line_of_the_registry() -> Violations:
    vendors = [path.parent.name for path in (PACKAGE / "vendors").glob("*/__init__.py")]
    for path in sorted(path for path in PACKAGE.rglob("*.*") if path.suffix != ".pyc"):
        text = path.read_text() if path.is_file() else ""
        for vendor in vendors:
            if path.is_relative_to(PACKAGE / "vendors" / vendor):
                continue
            found = [line for line in text.splitlines() if vendor in line.lower()]
            if len(found) > (name(path) == "vendors/registry"):
                yield str(path.relative_to(PACKAGE)), f"names {vendor}: {found[0].strip()}"


def a_file_begins_with_one_sentence() -> Violations:
    for path in files():
        docstring = ast.get_docstring(source_tree.tree(path)) or ""
        if path.stat().st_size and not docstring.partition("\n")[0].endswith("."):
            yield name(path), "begins without a sentence"


def a_file_has_at_most_200_source_lines() -> Violations:
    for path in files():
        count = source_tree.source_line_count(path.read_text())
        if count > 200:
            yield name(path), f"has {count} source lines"


def a_function_has_at_most_35_lines() -> Violations:
    for path in files():
        for function in source_tree.functions(path):
            if source_tree.line_count(function) > 35:
                yield name(path), f"{function.name} has {source_tree.line_count(function)} lines"


def a_function_nests_at_most_three_deep() -> Violations:
    for path in files():
        for function in source_tree.functions(path):
            if source_tree.nesting(function) > 3:
                yield name(path), f"{function.name} nests {source_tree.nesting(function)} deep"


def a_function_takes_at_most_six_arguments() -> Violations:
    for path in files():
        for function in source_tree.functions(path):
            if source_tree.argument_count(function) > 6:
                yield name(path), f"{function.name} takes too many arguments"


def the_usual_file_and_function_are_short() -> Violations:
    texts = [path.read_text() for path in files() if path.stem != "__init__"]
    median = statistics.median(map(source_tree.source_line_count, texts))
    if median > 60:
        yield "median", f"the median file has {median} source lines, more than 60"
    lengths = [
        source_tree.line_count(each) for path in files() for each in source_tree.functions(path)
    ]
    if source_tree.percentile_90(lengths) > 15:
        yield "90th percentile", f"{source_tree.percentile_90(lengths)} lines, more than 15"


def few_checks_are_suppressed_and_each_with_its_reason() -> Violations:
    lines = [(name(path), line) for path in files() for line in path.read_text().splitlines()]
    suppressions = [(module, line) for module, line in lines if SUPPRESSION.search(line)]
    for module, line in suppressions:
        if not SUPPRESSION_WITH_REASON.search(line):
            yield module, f"gives no reason: {line.strip()}"
    if len(suppressions) * 1000 > 5 * len([line for _, line in lines if line.strip()]):
        yield "suppressions", f"{len(suppressions)} in the package are more than 5 per 1,000 lines"


def only_use_cases_open_transactions() -> Violations:
    """The runner of the migrations and the connection itself are in `database/`."""
    for path in files():
        module = name(path)
        may_open = role(module) == "other" and module not in UNIT_OF_WORK
        if TRANSACTION.search(path.read_text()) and not may_open and folder(module) != "database":
            yield module, "opens a transaction"


def a_file_has_a_name_that_says_something() -> Violations:
    for path in files():
        if path.stem in ("utils", "helpers", "common", "manager", "service", "misc"):
            yield name(path), "could hold anything"


def no_work_is_left_for_later() -> Violations:
    for path in [*files(), *(ROOT / "tests").rglob("*.py")]:
        if WORK_LEFT.search(path.read_text()):
            yield str(path.relative_to(ROOT)), "has a note of work to be done"


def the_package_does_not_import_what_wires_it() -> Violations:
    for path in files():
        for imported in source_tree.imports(path) & {"app", "wsgi", "tests", "bench", "demo"}:
            yield name(path), f"imports {imported}"


RULES: dict[str, Callable[[], Violations]] = {
    rule.__name__: rule
    for rule in (
        another_capability_is_imported_by_its_use_cases_and_values,
        the_rules_of_sessions_import_values_only,
        sessions_are_given_the_time,
        a_library_is_used_where_it_belongs,
        modules_import_each_other_in_one_direction,
        a_module_imports_at_most_ten_others,
        a_folder_has_at_most_ten_files,
        a_vendor_is_known_to_the_registry_only,
        a_vendors_name_is_in_its_folder_and_one_line_of_the_registry,
        a_file_begins_with_one_sentence,
        a_file_has_at_most_200_source_lines,
        a_function_has_at_most_35_lines,
        a_function_nests_at_most_three_deep,
        a_function_takes_at_most_six_arguments,
        the_usual_file_and_function_are_short,
        few_checks_are_suppressed_and_each_with_its_reason,
        only_use_cases_open_transactions,
        a_file_has_a_name_that_says_something,
        no_work_is_left_for_later,
        the_package_does_not_import_what_wires_it,
    )
}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_holds(rule: str) -> None:
    excepted = EXCEPTIONS.get(rule, set())

    assert [(file, detail) for file, detail in RULES[rule]() if file not in excepted] == []


@pytest.mark.parametrize("rule", EXCEPTIONS)
def test_every_exception_is_still_needed(rule: str) -> None:
    assert EXCEPTIONS[rule] - {file for file, _ in RULES[rule]()} == set()
