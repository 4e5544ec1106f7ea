"""`jobs`: lists and retries outbound work for vendors."""

import click

from proctor_results import clock
from proctor_results.cli.terminal import DatabaseGroup
from proctor_results.dependencies import Dependencies
from proctor_results.jobs import store as job_store


def jobs_commands(deps: Dependencies) -> click.Group:
    group: click.Group = DatabaseGroup("jobs", help="Outbound work for vendors.")

    @group.command("list")
    @click.option("--limit", default=100, show_default=True, help="How many at most.")
    def list_jobs(limit: int) -> None:
        """List the jobs that are not done, the oldest first."""
        for job in job_store.list_pending(deps.database, limit):
            state = "failed" if job.next_attempt_at is None else "pending"
            click.echo(f"{job.vendor} {job.kind} {job.key}: {state}, {job.detail or 'not tried'}")

    @group.command("retry")
    def retry() -> None:
        """Retry all jobs now that are not done, including failed ones."""
        click.echo(f"{job_store.retry_all(deps.database, clock.now())} jobs are due now")

    return group
