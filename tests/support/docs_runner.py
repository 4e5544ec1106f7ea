"""Runs the commands of a documentation page, with nothing installed but this project."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from string import Template

import requests
from flask import Flask

LONG_RUNNING_COMMANDS = ("worker", "sandbox-lms", "doctor")
"""Commands that keep running or call other hosts: only their arguments are parsed."""

PASSWORD_INPUT = "correct horse battery\n" * 8
"""The input for commands that ask for a password twice."""

_IS_SETTING = re.compile(r"([A-Z][A-Z_]+)=(.*)", re.DOTALL)


@dataclass(kw_only=True)
class DocsRunner:
    """`responses` are those to each curl, `variables` the exported ones."""

    app: Flask
    url: str
    command_count: int = 0
    responses: list[requests.Response] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, code: str) -> None:
        """Run all commands. A failure is an AssertionError."""
        for line in parse_commands(code):
            program = re.sub(r".*/", "", line[0])
            if program in _PROGRAMS:
                _PROGRAMS[program](self, line[1:])
                self.command_count += 1

    def curl(self, words: list[str]) -> None:
        """Send the request that curl would send, over a real connection."""
        filled = [Template(word).safe_substitute(self.variables) for word in words]
        options = {
            flag: [filled[place + 1] for place, word in enumerate(words) if word == flag]
            for flag in ("-H", "-d", "-X")
        }
        (url,) = (word for word in filled if word.startswith("http"))
        data = options["-d"][0] if options["-d"] else None
        method = options["-X"][0] if options["-X"] else "POST" if data else "GET"
        headers = dict(each.split(": ", 1) for each in options["-H"])
        response = requests.request(method, self._here(url), data=data, headers=headers, timeout=30)
        assert response.status_code in (200, 201), (words, response.text)
        self.responses.append(response)

    def flask(self, words: list[str]) -> None:
        """Run the command in this process, with the same app."""
        assert words[:2] == ["--app", "wsgi"], words
        arguments = [self._here(word) for word in words[2:]]
        if arguments[0] in LONG_RUNNING_COMMANDS:
            self.app.cli.commands[arguments[0]].make_context(arguments[0], arguments[1:])
            return
        result = self.app.test_cli_runner().invoke(args=arguments, input=PASSWORD_INPUT)
        assert result.exit_code == 0, (words, result.output)

    def export(self, words: list[str]) -> None:
        self.variables |= dict(word.split("=", 1) for word in words)

    def _here(self, word: str) -> str:
        return word.replace("http://localhost:8000", self.url)


_PROGRAMS = {"curl": DocsRunner.curl, "flask": DocsRunner.flask, "export": DocsRunner.export}


def settings_in(code: str) -> dict[str, str]:
    """Return the settings of a `.env` in the code, as they are written there."""
    found = (_IS_SETTING.fullmatch(line) for line in code.splitlines())
    return {each[1]: each[2] for each in found if each}


def parse_commands(code: str) -> Iterator[list[str]]:
    """Yield each command as words, without comments; a quote may span several lines."""
    pending = ""
    for line in code.replace("\\\n", " ").splitlines():
        pending += f"{line}\n"
        words = _split_words(pending)
        if words is not None:
            pending = ""
            yield from [words] if words else []


def _split_words(line: str) -> list[str] | None:
    """Return None where a quote is still open."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return None
