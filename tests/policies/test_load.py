"""Reading a policy from its TOML text."""

import hashlib

import pytest

from proctor_results.policies.load import InvalidPolicy, default_policy, parse_policy
from proctor_results.policies.model import AverageRule, ExamPolicy, Policy, ScoreRule
from proctor_results.sessions.enums import RuleAction

TWO_RULES = """
auto_accept_score = 95

[[rules]]
name = "someone-else"
average = { metric = "c4", at_least = 20 }
action = "hold"

[[rules]]
name = "low-score"
score = { below = 40, ignoring = ["n1"] }
action = "hold"
"""

SOMEONE_ELSE = AverageRule(name="someone-else", action=RuleAction.HOLD, metric="c4", at_least=20)
LOW_SCORE = ScoreRule(name="low-score", action=RuleAction.HOLD, below=40, ignoring=("n1",))


def test_the_built_in_policy_holds_for_violations_but_accepts_no_learner_by_itself() -> None:
    default = default_policy().default

    holding = {rule.name for rule in default.rules if rule.action is RuleAction.HOLD}
    assert holding == {"someone-else", "several-faces", "low-score"}
    assert (default.hold_skipped, default.auto_accept_score, default_policy().exams) == (
        False,
        None,
        {},
    )


def test_a_policy_is_known_by_the_sha256_of_its_text() -> None:
    policy = parse_policy(TWO_RULES + "[exams.final]\n")

    assert policy.text == TWO_RULES + "[exams.final]\n"
    sha256 = hashlib.sha256(policy.text.encode()).hexdigest()
    assert policy.sha256 == policy.default.sha256 == policy.exams["final"].sha256 == sha256


def test_a_policy_is_read_as_it_is_written() -> None:
    default = parse_policy(TWO_RULES).default

    assert (default.hold_skipped, default.auto_accept_score) == (False, 95)
    assert default.rules == (SOMEONE_ELSE, LOW_SCORE)


def test_an_empty_text_holds_nothing() -> None:
    policy = parse_policy("")

    assert policy.default == ExamPolicy(sha256=hashlib.sha256(b"").hexdigest())


def final(own: str) -> ExamPolicy:
    """Return the policy of the exam `final` with this section."""
    policy: Policy = parse_policy(TWO_RULES + own)
    assert policy.default.rules == (SOMEONE_ELSE, LOW_SCORE)
    return policy.exams["final"]


def test_an_exam_starts_from_the_default() -> None:
    exam = final("[exams.final]\nhold_skipped = true\n")

    assert (exam.hold_skipped, exam.auto_accept_score) == (True, 95)
    assert exam.rules == (SOMEONE_ELSE, LOW_SCORE)


def test_an_exams_settings_replace_those_of_the_default() -> None:
    assert final("[exams.final]\nauto_accept_score = 80\n").auto_accept_score == 80


def test_an_exams_rules_are_added() -> None:
    exam = final("""
        [[exams.final.rules]]
        name = "noise"
        average = { metric = "m2", at_least = 50 }
        action = "flag"
    """)

    noise = AverageRule(name="noise", action=RuleAction.FLAG, metric="m2", at_least=50)
    assert exam.rules == (SOMEONE_ELSE, LOW_SCORE, noise)


def test_an_exams_rule_replaces_the_namesake_and_may_measure_something_else() -> None:
    exam = final("""
        [[exams.final.rules]]
        name = "someone-else"
        score = { below = 10 }
        action = "flag"
    """)

    assert exam.rules == (
        ScoreRule(name="someone-else", action=RuleAction.FLAG, below=10),
        LOW_SCORE,
    )


def test_a_rule_that_is_off_in_an_exam_is_dropped_there() -> None:
    assert final('[[exams.final.rules]]\nname = "someone-else"\naction = "off"\n').rules == (
        LOW_SCORE,
    )


def test_an_exam_may_switch_on_again_what_is_off_by_default() -> None:
    policy = parse_policy("""
        rules = [{ name = "noise", action = "off" }]
        [[exams.final.rules]]
        name = "noise"
        average = { metric = "m2", at_least = 50 }
        action = "hold"
    """)

    assert policy.default.rules == ()
    assert [rule.name for rule in policy.exams["final"].rules] == ["noise"]


def test_a_metric_ignored_twice_is_given_back_once() -> None:
    policy = parse_policy(TWO_RULES.replace('["n1"]', '["n1", "n1"]'))

    assert policy.default.rules == (SOMEONE_ELSE, LOW_SCORE)


FIRST_RULE = "[[rules]]\nname = 'first'\naction = 'off'\n"


def second_rule(lines: str) -> str:
    """Return a policy with this second rule; a name and an action are added where missing."""
    missing = [f"{word} = 'flag'\n" for word in ("name", "action") if not lines.startswith(word)]
    return f"{FIRST_RULE}[[rules]]\n{''.join(missing)}{lines}"


AVERAGE = 'average = { metric = "c4", at_least = 20 }'
NOT_A_NUMBER = "Not a valid number."
NAN = "Special numeric values (nan or infinity) are not permitted."
RANGE = "Must be greater than or equal to 0 and less than or equal to 100."
ONE_THING = "a rule has exactly one of score, average, live; a rule that is off has none"
SWITCHED_OFF = "{ name = 'first', action = 'off' }"
ACTIONS = "Must be one of: flag, hold, off."

FAULTS = {
    "a setting that is not known": ("holdskipped = true", "holdskipped: Unknown field."),
    "a text for a truth value": ('hold_skipped = "yes"', "hold_skipped: Not a valid boolean."),
    "true for a number": ("auto_accept_score = true", f"auto_accept_score: {NOT_A_NUMBER}"),
    "a bar that is nan": ("auto_accept_score = nan", f"auto_accept_score: {NAN}"),
    "a bar beyond the scale": ("auto_accept_score = 101", f"auto_accept_score: {RANGE}"),
    "a bar below the scale": ("auto_accept_score = -1", f"auto_accept_score: {RANGE}"),
    "rules that are no list": ("[rules]\nname = 'a'", "rules: Not a valid list."),
    "a rule that is no table": ("rules = [1]", "rules[1]: Invalid input type."),
    "an action that is not known": (
        second_rule(f"action = 'lock'\n{AVERAGE}"),
        f"rules[2].action: {ACTIONS}",
    ),
    "an action in capitals": (
        second_rule(f"action = 'HOLD'\n{AVERAGE}"),
        f"rules[2].action: {ACTIONS}",
    ),
    "no name": (
        f"[[rules]]\naction = 'hold'\n{AVERAGE}",
        "rules[1].name: Missing data for required field.",
    ),
    "no action": (
        f"[[rules]]\nname = 'a'\n{AVERAGE}",
        "rules[1].action: Missing data for required field.",
    ),
    "an empty name": (
        second_rule(f"name = ''\n{AVERAGE}"),
        "rules[2].name: Shorter than minimum length 1.",
    ),
    "a rule with a word too many": (
        second_rule(f"weight = 1\n{AVERAGE}"),
        "rules[2].weight: Unknown field.",
    ),
    "a rule that measures nothing": (second_rule(""), f"rules[2]: {ONE_THING}"),
    "a rule that measures two things": (
        second_rule(f"score = {{ below = 4 }}\n{AVERAGE}"),
        f"rules[2]: {ONE_THING}",
    ),
    "a rule that is off and measures": (
        second_rule(f"action = 'off'\n{AVERAGE}"),
        f"rules[2]: {ONE_THING}",
    ),
    "a score without a bar": (
        second_rule("score = {}"),
        "rules[2].score.below: Missing data for required field.",
    ),
    "a score with true for a bar": (
        second_rule("score = { below = true }"),
        f"rules[2].score.below: {NOT_A_NUMBER}",
    ),
    "a score with a bar beyond the scale": (
        second_rule("score = { below = 140 }"),
        f"rules[2].score.below: {RANGE}",
    ),
    "a score that ignores one word": (
        second_rule("score = { below = 40, ignoring = 'n1' }"),
        "rules[2].score.ignoring: Not a valid list.",
    ),
    "a score that ignores a number": (
        second_rule("score = { below = 40, ignoring = ['n1', 2] }"),
        "rules[2].score.ignoring[2]: Not a valid string.",
    ),
    "an average without a metric": (
        second_rule("average = { at_least = 20 }"),
        "rules[2].average.metric: Missing data for required field.",
    ),
    "an average without a bar": (
        second_rule("average = { metric = 'c4' }"),
        "rules[2].average.at_least: Missing data for required field.",
    ),
    "an average with true for a bar": (
        second_rule("average = { metric = 'c4', at_least = true }"),
        f"rules[2].average.at_least: {NOT_A_NUMBER}",
    ),
    "an average with infinity for a bar": (
        second_rule("average = { metric = 'c4', at_least = inf }"),
        f"rules[2].average.at_least: {NAN}",
    ),
    "an average with nan for a bar": (
        second_rule("average = { metric = 'c4', at_least = nan }"),
        f"rules[2].average.at_least: {NAN}",
    ),
    "two rules of one name": (
        "rules = [{ name = 'a', action = 'off' }, { name = 'a', action = 'off' }]",
        "rules[2].name: is also the name of an earlier rule",
    ),
    "two rules of one name in an exam": (
        f"exams.final.rules = [{SWITCHED_OFF}, {SWITCHED_OFF}]\n{FIRST_RULE}",
        "exams.final.rules[2].name: is also the name of an earlier rule",
    ),
    "a rule of an exam": (
        f"exams.final.rules = [{{ name = 'a', action = 'lock', {AVERAGE} }}]",
        f"exams.final.rules[1].action: {ACTIONS}",
    ),
    "an exam that is no table": ("exams.final = 1", "exams.final: Invalid input type."),
    "exams that are no table": ("exams = ['final']", "exams: Not a valid mapping type."),
    "a rule switched off that is not there": (
        f"{FIRST_RULE}[[exams.final.rules]]\nname = 'frist'\naction = 'off'",
        "exams.final.rules[1].name: is not the name of a rule above, so it cannot be switched off",
    ),
    "a rule with a name of ours": (
        second_rule(f"name = 'verdict'\n{AVERAGE}"),
        "rules[2].name: is the name of a built-in rule",
    ),
    "exams within an exam": ("[exams.final.exams.other]", "exams.final.exams: Unknown field."),
    "an exam with the name of one of marshmallow's wrappers": (
        "exams.value.x = 1",
        "exams.value.x: Unknown field.",
    ),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_place(text: str, fault: str) -> None:
    assert faults(text) == [fault]


MANY_FAULTS = """hold_skipped = "yes"

[[rules]]
name = "someone-else"
weight = 3
action = "lock"

[[rules]]
name = "someone-else"
average = { at_least = "much" }
score = { below = 40 }
action = "hold"

[exams."final 2026"]
rules = [
  { name = "noise", action = "off" },  # there is none
  { name = "low-score", action = "hold", score = { below = 400 } },
]
"""


def test_every_error_is_named_with_its_place_in_one_go() -> None:
    assert faults(MANY_FAULTS) == [
        'exams."final 2026".rules[1].name: '
        "is not the name of a rule above, so it cannot be switched off",
        f'exams."final 2026".rules[2].score.below: {RANGE}',
        "hold_skipped: Not a valid boolean.",
        f"rules[1]: {ONE_THING}",
        f"rules[1].action: {ACTIONS}",
        "rules[1].weight: Unknown field.",
        f"rules[2]: {ONE_THING}",
        "rules[2].average.at_least: Not a valid number.",
        "rules[2].average.metric: Missing data for required field.",
        "rules[2].name: is also the name of an earlier rule",
    ]


SYNTAX = {
    "in the middle": (
        "hold_skipped = true\n\nauto_accept_score = high\n",
        "not TOML: Invalid value (at line 3, column 21)",
    ),
    "at the end": (
        "hold_skipped = true\nrules = [",
        "not TOML: Invalid value (at end of document)",
    ),
    "a table twice": (
        "[exams.a]\n[exams.a]",
        "not TOML: Cannot declare ('exams', 'a') twice (at line 2, column 9)",
    ),
}


@pytest.mark.parametrize(("text", "fault"), SYNTAX.values(), ids=SYNTAX)
def test_a_syntax_error_is_named_as_the_parser_describes_it(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_an_invalid_policy_names_all_its_errors_in_one_message() -> None:
    message = r"^auto_accept_score: Not a valid number\.; hold_skipped: Not a valid boolean\.$"

    with pytest.raises(InvalidPolicy, match=message):
        parse_policy("auto_accept_score = true\nhold_skipped = 'yes'\n")


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidPolicy) as caught:
        parse_policy(text)
    return caught.value.errors
