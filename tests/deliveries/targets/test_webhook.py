"""The target that receives signed webhooks."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from proctor_results.deliveries.targets.base import Delivered, Target
from proctor_results.deliveries.targets.webhook import WebhookTarget
from proctor_results.formats.json_value import Json
from proctor_results.http_client.client import HttpClient
from tests.support.http_servers import LocalServer, ReceivedRequest, serve

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE: Mapping[str, Json] = {
    "type": "session.lock",
    "data": {"identifier": "s-1", "locked": True, "note": "Жанна"},
}


@pytest.fixture
def peer() -> Iterator[LocalServer]:
    with serve(LocalServer()) as peer:
        yield peer


def create_target(peer: LocalServer) -> Target:
    return WebhookTarget(url=peer.url, secret=SECRET, http_client=HttpClient(allow_private=True))


def verify(received: ReceivedRequest) -> object:
    payload: object = Webhook(SECRET).verify(received.body, dict(received.headers))
    return payload


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/St_Johns"])
def test_a_message_verifies_whatever_the_time_zone(peer: LocalServer, zone: str) -> None:
    now = datetime.now(ZoneInfo(zone))
    assert create_target(peer).push("s-1.lock.2", MESSAGE, now) == Delivered(
        status=200, detail="answered 200"
    )
    (received,) = peer.received
    assert verify(received) == MESSAGE
    assert received.headers["webhook-timestamp"] == str(int(now.timestamp()))


def test_a_message_travels_as_compact_json_under_its_id(peer: LocalServer) -> None:
    create_target(peer).push("s-1.lock.2", {"a": [1, 2], "b": None}, datetime.now(UTC))
    (received,) = peer.received
    assert received.body == b'{"a":[1,2],"b":null}'
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["webhook-id"] == "s-1.lock.2"


MESSAGE_IDS = {
    "letters beyond ASCII": ("экзамен.lock.1", "%D1%8D%D0%BA%D0%B7%D0%B0%D0%BC%D0%B5%D0%BD.lock.1"),
    "a line break": ("s\r\nX-Evil: yes.lock.1", "s%0D%0AX-Evil:%20yes.lock.1"),
    "a percent sign": ("100%.lock.1", "100%25.lock.1"),
    "half a surrogate pair": ("\ud83d.lock.1", "%ED%A0%BD.lock.1"),
    "every mark that ASCII has": (
        "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~",
    ),
}


@pytest.mark.parametrize(("message_id", "expected_header"), MESSAGE_IDS.values(), ids=MESSAGE_IDS)
def test_an_id_that_no_header_could_carry_is_percent_encoded(
    peer: LocalServer, message_id: str, expected_header: str
) -> None:
    assert isinstance(create_target(peer).push(message_id, MESSAGE, datetime.now(UTC)), Delivered)
    (received,) = peer.received
    assert received.headers["webhook-id"] == expected_header
    assert verify(received) == MESSAGE


def test_half_a_surrogate_pair_in_a_message_still_travels(peer: LocalServer) -> None:
    message = {"comment": "\ud83d"}
    assert isinstance(
        create_target(peer).push("s-1.outcome.1", message, datetime.now(UTC)), Delivered
    )
    assert json.loads(peer.received[0].body) == message


def test_a_target_shows_neither_its_secret_nor_its_address(peer: LocalServer) -> None:
    representation = repr(create_target(peer))
    assert SECRET not in representation
    assert peer.url not in representation
    assert "name='webhook'" in representation


@pytest.mark.parametrize("secret", ["whsec_", "whsec_a"], ids=["an empty one", "half a letter"])
def test_an_invalid_secret_is_refused(secret: str) -> None:
    with pytest.raises((ValueError, EmptyWebhookSecretError)):
        WebhookTarget(url="https://lms.example/", secret=secret, http_client=HttpClient())
