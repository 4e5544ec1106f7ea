"""Forged, foreign and broken launch tokens: each is turned away with 401, and leaves no trace."""

import json
import shutil
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.web.launch_tokens import AUDIENCE, VALID_FOR, Launch, LaunchTokens
from tests.conftest import LMS_KEY, SECRET, SUPERVISOR_SECRET, VENDOR_KEY
from tests.web.test_launches import launched

SESSION, OTHER = "exam-1-learner-7", "exam-1-learner-8"
KEY = LaunchTokens(secret=SECRET).key
TRACES = Statement(
    "SELECT (SELECT COUNT(*) FROM watch), (SELECT COUNT(*) FROM receipt), (SELECT MAX(revision) FROM session)"
)


def forged(headers: dict[str, Any] | None = None, **changes: Any) -> str:
    now = datetime.now(UTC)
    good = {"sub": SESSION, "launch": 1, "aud": AUDIENCE, "iat": now, "exp": now + timedelta(hours=1)}
    key, algorithm = changes.pop("key", KEY), changes.pop("algorithm", "HS256")
    claims = {name: value for name, value in {**good, **changes}.items() if value is not ...}
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def part(said: bytes) -> str:
    return urlsafe_b64encode(said).rstrip(b"=").decode()


def pieces(header: bytes, claims: bytes = b"", signature: bytes = b"x") -> str:
    return ".".join([part(header), part(claims), part(signature)])


def unsigned(**header: Any) -> str:
    """The good claims with another header, and the signature that was made for the old one."""
    _, claims, signature = forged().split(".")
    return f"{part(json.dumps(header).encode())}.{claims}.{signature}"


GOOD = forged()
FORGED: dict[str, str] = {
    "nothing": "",
    "nonsense": "a.b.c",
    "dots": "." * 1000,
    "another script": "токен",
    "half a surrogate pair": "\ud800",
    "NUL": "\0" + GOOD,
    "alg none": forged(key=None, algorithm="none"),
    "alg None": unsigned(alg="None", typ="JWT"),
    "alg none, and no signature": unsigned(alg="none").rpartition(".")[0] + ".",
    "no alg": unsigned(typ="JWT"),
    "alg a list": unsigned(alg=["HS256"]),
    "alg null": unsigned(alg=None),
    "alg of a public key": unsigned(alg="RS256"),
    "a key of its own": forged(key="another key of the same length, or so", headers={"jwk": {"kty": "oct", "k": "YQ"}}),
    "a key from elsewhere": forged(key="x" * 32, headers={"jku": "https://evil.example/jwks", "kid": "../../dev/null"}),
    "a kid that is none": forged(headers={"kid": "a"}, key="x" * 32),
    "detached": forged(headers={"b64": False, "crit": ["b64"]}).replace(".", "..", 1),
    "critical": forged(headers={"crit": ["exp"]}, key="x" * 32),
    "another key": forged(key="another key of the same length, or so"),
    "an empty key": forged(key=b"\0" * 32),
    "another algorithm": forged(key=KEY * 2, algorithm="HS512"),
    "the secret itself": forged(key=SECRET),
    "the vendor's secret": forged(key=SUPERVISOR_SECRET),
    "the LMS's key as the secret": forged(key=LMS_KEY.ljust(32)),
    "another audience": forged(aud="somebody else"),
    "an audience in a list of others": forged(aud=["somebody", "else"]),
    "no audience": forged(aud=...),
    "another session": forged(sub=OTHER),
    "the session with more": forged(sub=f"{SESSION}\n"),
    "the session with less": forged(sub=SESSION[:-1]),
    "no session": forged(sub=...),
    "expired": forged(exp=datetime.now(UTC) - timedelta(seconds=1)),
    "expired long ago": forged(exp=0),
    "never expiring": forged(exp=...),
    "expiring at no number": forged(exp=None),
    "not yet good": forged(nbf=datetime.now(UTC) + timedelta(hours=1)),
    "no launch": forged(launch=...),
    "a launch that is nothing": forged(launch=None),
    "a launch that is no number": forged(launch="1"),
    "a launch that is true": forged(launch=True),
    "a launch before all": forged(launch=-1),
    "a launch beyond all": forged(launch=2**63),
    "no object": jwt.api_jws.PyJWS().encode(b"[]", KEY, "HS256"),
    "no JSON": jwt.api_jws.PyJWS().encode(b"\xff", KEY, "HS256"),
    "cut short": GOOD[:-1],
    "lengthened": GOOD + "A",
    "another signature": GOOD.rpartition(".")[0] + "." + "A" * 43,
    "other claims": ".".join([GOOD.split(".")[0], part(b'{"sub":"x"}'), GOOD.split(".")[2]]),
    "five parts": f"{GOOD}.a.b",
    "a header nested deeply": pieces(b"[" * 1500),
    "a header that is no object": pieces(b"7"),
    "a header that is no JSON": pieces(b"\xff\xfe"),
    "claims nested deeply": jwt.api_jws.PyJWS().encode(b'{"a":' + b"[" * 1400, KEY, "HS256"),
    "huge": forged(padding="x" * 5000),
    "as long as a body may be": "a." * 30_000,
    "the LMS's key": LMS_KEY,
    "the vendor's key": VENDOR_KEY,
}


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """One database is enough: no bad token comes as far."""
    shutil.copy(sqlite_with_tables, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def made(client: FlaskClient) -> dict[str, Any]:
    return launched(client)["launch"]  # type: ignore[no-any-return]  # as JSON


@pytest.mark.parametrize("bad", FORGED.values(), ids=FORGED.keys())
def test_no_other_token_opens(client: FlaskClient, made: Any, ledger: Ledger, bad: str) -> None:
    before = ledger.run(TRACES)

    for route in ("heartbeats", "metrics"):
        answer = client.post(f"/sessions/{SESSION}/{route}", json={"token": bad, "metrics": {}})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert ledger.run(TRACES) == before


def test_a_good_forgery_of_the_test_itself_would_open(client: FlaskClient, made: Any) -> None:
    assert client.post(f"/sessions/{SESSION}/heartbeats", json={"token": GOOD}).status_code == 200


def test_the_vendors_token_is_none_of_ours(client: FlaskClient, made: dict[str, Any]) -> None:
    answer = client.post(f"/sessions/{SESSION}/heartbeats", json={"token": made["vendor"]["token"]})

    assert answer.status_code == 401


def test_a_learner_cannot_speak_for_another(client: FlaskClient, made: dict[str, Any]) -> None:
    launched(client, identifier=OTHER, student="learner-8")

    for route in ("heartbeats", "metrics"):
        said = {"token": made["token"], "metrics": {}}
        assert client.post(f"/sessions/{OTHER}/{route}", json=said).status_code == 401


OTHERS = [
    ("GET", "/sessions"),
    ("POST", "/sessions"),
    ("GET", f"/sessions/{SESSION}"),
    ("GET", f"/sessions/{SESSION}/decisions"),
    ("POST", f"/sessions/{SESSION}/holds"),
    ("DELETE", f"/sessions/{SESSION}/holds/disconnected"),
    ("POST", "/webhooks/supervisor"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_a_learners_token_opens_nothing_else(client: FlaskClient, made: dict[str, Any], method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {made['token']}", "X-Api-Key": made["token"]}

    assert client.open(path, method=method, json={"token": made["token"]}, headers=headers).status_code == 401


def test_a_good_token_counts_only_where_it_belongs(client: FlaskClient, made: dict[str, Any]) -> None:
    path, token = f"/sessions/{SESSION}/heartbeats", made["token"]
    client.set_cookie("token", token)

    assert client.post(f"{path}?token={token}", json={}).status_code == 401
    assert client.post(path, json={"token": [token]}).status_code == 401
    assert client.post(path, json={"token": token}, headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.post(path, json={}, headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert client.post(path, data={"token": token}).status_code == 401


def test_a_token_that_was_good_ends_all_the_same() -> None:
    """That we have signed it is remembered; how late it is, is not."""
    tokens, made_at = LaunchTokens(secret=SECRET), datetime.now(UTC)
    token = tokens.make(Launch(identifier=SESSION, number=1), made_at)

    assert tokens.read(token, made_at) == tokens.read(token, made_at + VALID_FOR - timedelta(seconds=1))
    assert tokens.read(token, made_at + VALID_FOR) is None
