"""Calls of the HTTP client, classified by the success rule that targets share."""

from collections.abc import Mapping
from datetime import datetime

from proctor_results.deliveries.targets.base import PushResult
from proctor_results.deliveries.targets.responses import classify_response
from proctor_results.http_client.client import HttpClient


def post(
    http_client: HttpClient, url: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> PushResult:
    return classify_response(http_client.call("POST", url, body, headers), now)
