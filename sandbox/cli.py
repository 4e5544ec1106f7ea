"""The sandbox's commands for Flask's command line."""

import os
import secrets
import sys
from datetime import UTC, datetime
from random import Random

import click
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from sandbox.lms.app import serve_lms
from sandbox.lms.response_script import ResponseBehaviour
from sandbox.table import table
from sandbox.vendor.client import count_posts, post_scenarios
from sandbox.vendor.scenarios import (
    RECORDED_NAME,
    SCENARIO_NAMES,
    Scenario,
    build_scenarios,
)
from sandbox.vendor.summary import conclusion_text, response_table


def _list_scenarios(context: click.Context, _: click.Parameter, is_requested: bool) -> None:
    if is_requested:
        rows = (
            (
                scenario.name,
                str(len(scenario.bodies)),
                scenario.outcome,
                "locked" if scenario.locked else "open",
                scenario.description,
            )
            for scenario in _build_scenarios()
        )
        click.echo(table(("scenario", "posts", "outcome", "exam", "description"), rows))
        context.exit()


def _key_or_default(_: click.Context, __: click.Parameter, key: str | None) -> str:
    key = key or os.environ.get("SUPERVISOR_WEBHOOK_KEYS", "").split(",")[0].strip()
    if not key:
        raise click.UsageError("no key to post with: give --key, or set SUPERVISOR_WEBHOOK_KEYS")
    return key


@click.command()
@click.argument("url")
@click.option(
    "--key",
    callback=_key_or_default,
    help="Key to post with.  [default: the first of SUPERVISOR_WEBHOOK_KEYS]",
)
@click.option(
    "--header",
    envvar="SUPERVISOR_WEBHOOK_KEY_HEADER",
    default="X-Api-Key",
    show_default=True,
    help="Header that carries the key.",
)
@click.option(
    "--scenario",
    "names",
    multiple=True,
    type=click.Choice(SCENARIO_NAMES),
    metavar="NAME",
    help="A scenario; may be repeated.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Play every scenario.  [default: only 'recorded']"
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_scenarios,
    help="List the scenarios.",
)
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="How many times to post each report.",
)
@click.option("--shuffle", is_flag=True, help="Shuffle all reports of all sessions.")
@click.option("--seed", type=int, help="Shuffle as the run with this seed did.")
@click.option(
    "--rate", type=click.FloatRange(0), help="Maximum posts per second.  [default: no limit]"
)
def simulate(
    url: str,
    key: str,
    header: str,
    names: tuple[str, ...],
    everything: bool,
    repeat: int,
    shuffle: bool,
    seed: int | None,
    rate: float | None,
) -> None:
    """Play a proctoring server: post scenarios to URL, such as
    http://127.0.0.1:8000/webhooks/supervisor.
    """
    chosen_scenarios = _build_scenarios(() if everything else names or (RECORDED_NAME,))
    shuffle_random = _shuffle_random(shuffle, seed)
    with click.progressbar(
        length=count_posts(chosen_scenarios, repeat), label="posting reports"
    ) as progress:
        results = post_scenarios(
            chosen_scenarios,
            url,
            key,
            header,
            lambda _: progress.update(1),
            repeat=repeat,
            shuffle=shuffle_random,
            rate=rate,
        )
    click.echo(response_table(results))
    click.echo(conclusion_text(results))
    sys.exit(0 if all(result.status == 200 for result in results) else 1)


def _build_scenarios(names: tuple[str, ...] = ()) -> tuple[Scenario, ...]:
    return build_scenarios(datetime.now(UTC), f"run-{secrets.token_hex(4)}", names)


def _shuffle_random(shuffle: bool, seed: int | None) -> Random | None:
    """Print the seed that was chosen, so that a failed run can be repeated."""
    if not shuffle and seed is None:
        return None
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    click.echo(f"shuffled; repeat this order with --seed {seed}")
    return Random(seed)  # it mixes posts, it guards nothing


def _checked_secret(_: click.Context, __: click.Parameter, secret: str) -> str:
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise click.BadParameter("not a secret of the form whsec_ and base64") from error
    return secret


@click.command("sandbox-lms")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=9000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 picks a free port.",
)
@click.option(
    "--secret",
    envvar="LMS_WEBHOOK_SECRET",
    show_envvar=True,
    required=True,
    callback=_checked_secret,
    help="whsec_…",
)
@click.option(
    "--status",
    default=200,
    show_default=True,
    type=click.IntRange(200, 599),
    help="HTTP status to answer webhooks with.",
)
@click.option(
    "--times",
    default=0,
    type=click.IntRange(0),
    help="How many webhooks to answer so.  [default: all]",
)
@click.option(
    "--delay", default=0.0, type=click.FloatRange(0), help="Seconds to wait before each answer."
)
@click.option(
    "--retry-after", type=click.IntRange(0), help="Send Retry-After with this many seconds."
)
def sandbox_lms(
    host: str,
    port: int,
    secret: str,
    status: int,
    times: int,
    delay: float,
    retry_after: int | None,
) -> None:
    """Run a small local LMS that verifies, shows or rejects the messages it receives."""
    serve_lms(
        host,
        port,
        secret,
        ResponseBehaviour(status=status, times=times, delay=delay, retry_after=retry_after),
    )
