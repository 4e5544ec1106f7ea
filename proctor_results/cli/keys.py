"""`keys`: keys and secrets to authenticate with."""

import base64
import secrets

import click
from flask.cli import AppGroup


def keys_commands() -> click.Group:
    group = AppGroup("keys", help="Keys and secrets.")

    @group.command()
    def new() -> None:
        """Make a key for a vendor or the LMS, and a secret for LMS_WEBHOOK_SECRET.

        Nothing is stored.
        """
        click.echo(f"key     {secrets.token_urlsafe(32)}")
        click.echo(f"secret  whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")

    return group
