"""The address that a request came from, with and without trusted proxies."""

import json
from dataclasses import replace

import pytest

from app import create_app
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.settings.model import Settings
from tests.conftest import VENDOR_KEY
from tests.support.reports import SAMPLE

HEADERS = Statement("SELECT headers FROM receipt")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("proxies", "expected_address"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_only_the_configured_number_of_proxies_is_trusted(
    settings: Settings, database: Database, proxies: int, expected_address: str
) -> None:
    client = create_app(replace(settings, trusted_proxy_count=proxies)).test_client()
    headers = {"X-Api-Key": VENDOR_KEY, "X-Forwarded-For": "10.0.0.1, 203.0.113.9, 198.51.100.7"}

    client.post("/webhooks/supervisor", data=SAMPLE, headers=headers)

    ((stored_headers,),) = database.fetch(HEADERS)
    assert json.loads(stored_headers)["Remote-Addr"] == expected_address
