"""Hangs all commands on the app's command line."""

from flask import Flask

from proctor_results.commands.db import db
from proctor_results.commands.deliveries import deliveries
from proctor_results.commands.keys import keys
from proctor_results.commands.worker import worker
from proctor_results.flows.house import House
from proctor_results.sandbox.commands import sandbox_lms, simulate
from proctor_results.settings import Settings


def add_commands(app: Flask, house: House, settings: Settings) -> None:
    """From here on `flask --app wsgi --help` lists them."""
    for command in (
        db(house),
        worker(house, settings.worker_threads),
        deliveries(house),
        keys(),
        simulate,
        sandbox_lms,
    ):
        app.cli.add_command(command)
