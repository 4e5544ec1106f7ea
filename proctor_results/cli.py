"""Hangs all commands on the app's command line."""

from flask import Flask

from proctor_results import clock
from proctor_results.checkup.patient import Patient
from proctor_results.commands.db import db
from proctor_results.commands.deliveries import deliveries
from proctor_results.commands.doctor import doctor
from proctor_results.commands.keys import keys
from proctor_results.commands.operators import operators
from proctor_results.commands.policies import policies
from proctor_results.commands.receipts import receipts
from proctor_results.commands.retention import erase_command, prune
from proctor_results.commands.sessions import sessions
from proctor_results.commands.worker import worker
from proctor_results.sandbox.commands import sandbox_lms, simulate
from proctor_results.settings import Settings
from proctor_results.web.front_door import FrontDoor
from proctor_results.web.script import INTEGRITY


def add_commands(app: Flask, door: FrontDoor, settings: Settings) -> None:
    """From here on `flask --app wsgi --help` lists them."""
    for command in (
        db(door.house),
        worker(door.house, settings.worker_threads),
        sessions(door.house),
        policies(door.house),
        deliveries(door.house),
        operators(door.house),
        receipts(door.house, door.vendors),
        prune(door.house),
        erase_command(door.house),
        keys(),
        doctor(_patient(door, settings)),
        simulate,
        sandbox_lms,
    ):
        app.cli.add_command(command)


def _patient(door: FrontDoor, settings: Settings) -> Patient:
    return Patient(
        url=settings.public_url, settings=settings, launchers=door.launchers, integrity=INTEGRITY, now=clock.now
    )
