"""One id follows a webhook through the logs of web process and worker."""

import json
import shutil
from pathlib import Path
from typing import Any

import requests

from tests.support.installation import create_installation
from tests.support.reports import rejected
from tests.support.worker_fixtures import wait_until


def lines(log: Path, request_id: str) -> list[dict[str, Any]]:
    """Return the log lines of that request."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("request_id") == request_id]


def test_one_id_leads_from_the_webhook_to_its_deliveries(
    sqlite_with_tables: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_with_tables, tmp_path / "results.db")
    with create_installation(f"sqlite:///{tmp_path / 'results.db'}", tmp_path) as site:
        site.start_lms()
        web, worker = site.start_web(), site.start_worker()
        headers = {"X-Api-Key": site.demo_environment.vendor_key, "X-Request-Id": "from-the-router"}
        requests.post(
            f"{site.demo_environment.web_url}/webhooks/supervisor",
            rejected(),
            headers=headers,
            timeout=20,
        )
        wait_until(lambda: len(lines(worker.log, "from-the-router")) == 2)
        wait_until(lambda: lines(web.log, "from-the-router"))

        (received,) = lines(web.log, "from-the-router")
        assert (received["event"], received["result"]) == ("webhook.received", "applied")
        attempts = {
            (line["event"], line["topic"], line["result"])
            for line in lines(worker.log, "from-the-router")
        }
        assert attempts == {
            ("delivery.attempt", topic, "delivered") for topic in ("outcome", "lock")
        }
