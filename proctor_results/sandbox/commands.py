"""The sandbox's commands, for whoever registers them on Flask's command line."""

import os
import secrets
import sys
from datetime import UTC, datetime
from random import Random

import click
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from proctor_results.sandbox.answers import answer_table, conclusion
from proctor_results.sandbox.behaviour import Behaviour
from proctor_results.sandbox.lms import serve_lms
from proctor_results.sandbox.scenarios import NAMES, RECORDED, Scenario, scenarios
from proctor_results.sandbox.table import table
from proctor_results.sandbox.vendor import count, play


def _list_days(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        rows = (
            (day.name, str(len(day.bodies)), day.outcome, "locked" if day.locked else "open", day.shows)
            for day in _days()
        )
        click.echo(table(("scenario", "posts", "outcome", "exam", "what it shows"), rows))
        context.exit()


def _key_or_default(_: click.Context, __: click.Parameter, key: str | None) -> str:
    key = key or os.environ.get("WEBHOOK_API_KEYS", "").split(",")[0].strip()
    if not key:
        raise click.UsageError("no key to post with: give --key, or set WEBHOOK_API_KEYS")
    return key


@click.command()
@click.argument("url")
@click.option("--key", callback=_key_or_default, help="Key to post with.  [default: the first of WEBHOOK_API_KEYS]")
@click.option("--header", envvar="WEBHOOK_API_KEY_HEADER", default="X-Api-Key", show_default=True, help="Its header.")
@click.option(
    "--scenario", "names", multiple=True, type=click.Choice(NAMES), metavar="NAME", help="An exam day; may be repeated."
)
@click.option("--all", "everything", is_flag=True, help="Play every exam day.  [default: only 'recorded']")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_days, help="List the exam days."
)
@click.option("--repeat", default=1, show_default=True, type=click.IntRange(1), help="Post each report so many times.")
@click.option("--shuffle", is_flag=True, help="Mix all reports of all sessions.")
@click.option("--seed", type=int, help="Mix them as the run with this seed did.")
@click.option("--rate", type=click.FloatRange(0), help="So many posts a second at most.  [default: no bound]")
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
    """Play a proctoring server: post exam days to URL, such as http://127.0.0.1:8000/webhooks/supervisor."""
    days = _days(() if everything else names or (RECORDED,))
    mixed = _mixing(shuffle, seed)
    with click.progressbar(length=count(days, repeat), label="posting reports") as bar:
        answers = play(days, url, key, header, lambda _: bar.update(1), repeat=repeat, shuffle=mixed, rate=rate)
    click.echo(answer_table(answers))
    click.echo(conclusion(answers))
    sys.exit(0 if all(answer.status == 200 for answer in answers) else 1)


def _days(names: tuple[str, ...] = ()) -> tuple[Scenario, ...]:
    return scenarios(datetime.now(UTC), f"run-{secrets.token_hex(4)}", names)


def _mixing(shuffle: bool, seed: int | None) -> Random | None:
    """Says the seed that it chose, so that a run that failed can be had again."""
    if not shuffle and seed is None:
        return None
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    click.echo(f"mixed; the same order again with --seed {seed}")
    return Random(seed)  # noqa: S311  # it mixes posts, it guards nothing


def _checked_secret(_: click.Context, __: click.Parameter, secret: str) -> str:
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise click.BadParameter("not a secret of the form whsec_ and base64") from error
    return secret


@click.command("sandbox-lms")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=9000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--secret", envvar="LMS_WEBHOOK_SECRET", show_envvar=True, required=True, callback=_checked_secret, help="whsec_…"
)
@click.option("--status", default=200, show_default=True, type=click.IntRange(200, 599), help="Answer hooks with it.")
@click.option("--times", default=0, type=click.IntRange(0), help="Only so many hooks.  [default: all of them]")
@click.option("--delay", default=0.0, type=click.FloatRange(0), help="Seconds to wait before each answer.")
@click.option("--retry-after", type=click.IntRange(0), help="Ask for so many seconds of rest.")
def sandbox_lms(
    host: str, port: int, secret: str, status: int, times: int, delay: float, retry_after: int | None
) -> None:
    """Run a small local LMS that verifies, shows and, if asked to, refuses what it is told."""
    serve_lms(host, port, secret, Behaviour(status=status, times=times, delay=delay, retry_after=retry_after))
