"""Plays one learner who is cut off in the middle of an exam, beside a classmate who is not."""

from collections.abc import Sequence

import click

from proctor_results.sandbox.demo.premises import GRACE_SECONDS, HEARTBEAT_SECONDS, Premises
from proctor_results.sandbox.demo.processes import Process, blamed
from proctor_results.sandbox.demo.stage import Stage
from proctor_results.sandbox.demo.waiting import SECONDS
from proctor_results.sandbox.expected import Expected
from proctor_results.sandbox.page import NotTakenError, Page, beating, launch

DISCONNECTED = ("disconnected",)
SILENCE = HEARTBEAT_SECONDS + GRACE_SECONDS + 1
"""Seconds; more than is allowed to whoever is expected to beat."""


def cut_off(
    premises: Premises,
    run: str,
    processes: Sequence[Process],
    *,
    silence: float = SILENCE,
    patience: float = SECONDS,
) -> tuple[Expected, ...]:
    """Plays both sittings; what is expected of them in the end. `patience` is for each step. Raises DemoError."""
    learner = _sitting(run, "cut-off", "cut off, locked; launched again, open")
    classmate = _sitting(run, "classmate", "heard from all the while: never locked")
    click.echo("cutting off one learner, while a classmate is heard from")
    try:
        page = _launch(premises, classmate)
        with beating(page) as others:
            stage = Stage(
                premises=premises,
                processes=processes,
                learner=learner,
                classmate=classmate,
                others=others,
                patience=patience,
            )
            _play(stage, silence)
        page.say_goodbye()
    except NotTakenError as error:
        raise blamed(str(error), processes) from error
    return learner, classmate


def _sitting(run: str, name: str, shows: str) -> Expected:
    return Expected(name=name, shows=shows, identifier=f"{run}-{name}", outcome="pending", locked=False)


def _launch(premises: Premises, sitting: Expected) -> Page:
    return launch(premises.web, premises.lms_key, sitting.identifier, f"learner-{sitting.name}")


def _play(stage: Stage, silence: float) -> None:
    page = _launch(stage.premises, stage.learner)
    stage.see("launched by the LMS")
    with beating(page) as heard:
        stage.see("the page beats", heard=heard)
    stage.see("its connection is cut", DISCONNECTED)
    with beating(page) as heard:
        stage.see("the old page comes back", DISCONNECTED, heard=heard)
    page = _launch(stage.premises, stage.learner)
    stage.see("launched again by the LMS", DISCONNECTED)
    with beating(page) as heard:
        stage.see("the new page beats", heard=heard)
    page.say_goodbye()
    stage.see("it says goodbye, is silent", after=silence)
