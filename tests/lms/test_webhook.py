"""The target that is told by signed webhooks."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from proctor_results.domain.json_value import Json
from proctor_results.lms.base import Delivered, Target
from proctor_results.lms.outbound import Caller
from proctor_results.lms.webhook import WebhookTarget
from tests.lms.peers import Peer, Received, running

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE: Mapping[str, Json] = {"type": "session.lock", "data": {"identifier": "s-1", "locked": True, "note": "Жанна"}}


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running(Peer()) as peer:
        yield peer


def target(peer: Peer) -> Target:
    return WebhookTarget(address=peer.url, secret=SECRET, caller=Caller(allow_private=True))


def verified(received: Received) -> object:
    said: object = Webhook(SECRET).verify(received.body, dict(received.headers))
    return said


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/St_Johns"])
def test_a_message_verifies_with_the_secret_from_whatever_zone_the_time_came(peer: Peer, zone: str) -> None:
    now = datetime.now(ZoneInfo(zone))
    assert target(peer).push("s-1.lock.2", MESSAGE, now) == Delivered(status=200, detail="answered 200")
    (received,) = peer.received
    assert verified(received) == MESSAGE
    assert received.headers["webhook-timestamp"] == str(int(now.timestamp()))


def test_a_message_travels_as_compact_json_under_its_id(peer: Peer) -> None:
    target(peer).push("s-1.lock.2", {"a": [1, 2], "b": None}, datetime.now(UTC))
    (received,) = peer.received
    assert received.body == b'{"a":[1,2],"b":null}'
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["webhook-id"] == "s-1.lock.2"


IDS = {
    "letters beyond ASCII": ("экзамен.lock.1", "%D1%8D%D0%BA%D0%B7%D0%B0%D0%BC%D0%B5%D0%BD.lock.1"),
    "a line break": ("s\r\nX-Evil: yes.lock.1", "s%0D%0AX-Evil:%20yes.lock.1"),
    "a percent sign": ("100%.lock.1", "100%25.lock.1"),
    "half a surrogate pair": ("\ud83d.lock.1", "%ED%A0%BD.lock.1"),
    "every mark that ASCII has": ("!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~", "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}


@pytest.mark.parametrize(("message_id", "sent"), IDS.values(), ids=IDS)
def test_an_id_that_no_header_could_carry_is_percent_encoded(peer: Peer, message_id: str, sent: str) -> None:
    assert isinstance(target(peer).push(message_id, MESSAGE, datetime.now(UTC)), Delivered)
    (received,) = peer.received
    assert received.headers["webhook-id"] == sent
    assert verified(received) == MESSAGE


def test_half_a_surrogate_pair_in_a_message_still_travels(peer: Peer) -> None:
    message = {"comment": "\ud83d"}
    assert isinstance(target(peer).push("s-1.outcome.1", message, datetime.now(UTC)), Delivered)
    assert json.loads(peer.received[0].body) == message


def test_a_target_shows_neither_its_secret_nor_its_address(peer: Peer) -> None:
    shown = repr(target(peer))
    assert SECRET not in shown
    assert peer.url not in shown
    assert "name='webhook'" in shown


@pytest.mark.parametrize("secret", ["whsec_", "whsec_a"], ids=["an empty one", "half a letter"])
def test_a_secret_that_is_none_is_noticed_at_once(secret: str) -> None:
    with pytest.raises((ValueError, EmptyWebhookSecretError)):
        WebhookTarget(address="https://lms.example/", secret=secret, caller=Caller())
