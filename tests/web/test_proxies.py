"""Where a request came from, with and without proxies in front."""

import json
from dataclasses import replace

import pytest

from app import create_app
from proctor_results.settings import Settings
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.conftest import VENDOR_KEY
from tests.reports import SAMPLE

HEADERS = Statement("SELECT headers FROM receipt")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")])
def test_only_as_many_proxies_are_believed_as_are_trusted(
    settings: Settings, ledger: Ledger, proxies: int, seen: str
) -> None:
    client = create_app(replace(settings, trusted_proxies=proxies)).test_client()
    headers = {"X-Api-Key": VENDOR_KEY, "X-Forwarded-For": "10.0.0.1, 203.0.113.9, 198.51.100.7"}

    client.post("/webhooks/supervisor", data=SAMPLE, headers=headers)

    ((kept,),) = ledger.run(HEADERS)
    assert json.loads(kept)["Remote-Addr"] == seen
