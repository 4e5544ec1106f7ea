"""Adds all commands to the app."""

import click
from flask import Flask

from proctor_results import clock
from proctor_results.api.context import ApiContext
from proctor_results.cli.keys import keys_commands
from proctor_results.database.cli import database_commands
from proctor_results.deliveries.cli import deliveries_commands
from proctor_results.dependencies import Dependencies
from proctor_results.doctor.cli import doctor_command
from proctor_results.doctor.deployment import Deployment
from proctor_results.evidence.cli import receipts_commands
from proctor_results.explanations.cli import sessions_commands
from proctor_results.jobs.cli import jobs_commands
from proctor_results.launches.reconnect_script import SCRIPT_INTEGRITY
from proctor_results.operations.cli import add_action_commands
from proctor_results.operators.cli import operators_commands
from proctor_results.policies.cli import policy_commands
from proctor_results.retention.cli import erase_command, prune_command
from proctor_results.settings.model import Settings
from proctor_results.webhooks.cli import replay_command
from proctor_results.worker.cli import worker_command
from sandbox.cli import sandbox_lms, simulate


def add_commands(app: Flask, context: ApiContext, settings: Settings) -> None:
    """Add the commands that `flask --app wsgi --help` lists."""
    for command in (
        database_commands(context.deps),
        worker_command(context.deps, settings.worker_threads),
        _sessions_commands(context.deps),
        policy_commands(context.deps),
        deliveries_commands(context.deps),
        jobs_commands(context.deps),
        operators_commands(context.deps),
        _receipts_commands(context),
        prune_command(context.deps),
        erase_command(context.deps),
        keys_commands(),
        doctor_command(_deployment(context, settings)),
        simulate,
        sandbox_lms,
    ):
        app.cli.add_command(command)


def _sessions_commands(deps: Dependencies) -> click.Group:
    group = sessions_commands(deps)
    add_action_commands(group, deps)
    return group


def _receipts_commands(context: ApiContext) -> click.Group:
    group = receipts_commands(context.deps)
    group.add_command(replay_command(context.deps, context.vendors))
    return group


def _deployment(context: ApiContext, settings: Settings) -> Deployment:
    return Deployment(
        url=settings.public_url,
        settings=settings,
        vendors=context.vendors,
        script_integrity=SCRIPT_INTEGRITY,
        now=clock.now,
    )
