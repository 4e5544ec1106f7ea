"""Forged, foreign and broken launch tokens get 401 and leave no trace."""

import json
import shutil
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.launches.launch_tokens import (
    AUDIENCE,
    LAUNCH_TOKEN_LIFETIME,
    Launch,
    LaunchTokens,
)
from tests.conftest import LMS_KEY, SECRET, SUPERVISOR_SECRET, VENDOR_KEY
from tests.launches.test_launches_api import launch_session

SESSION, OTHER = "exam-1-learner-7", "exam-1-learner-8"
KEY = LaunchTokens(secret=SECRET).signing_key
ROW_COUNTS = Statement(
    "SELECT (SELECT COUNT(*) FROM heartbeat_state), (SELECT COUNT(*) FROM receipt), "
    "(SELECT MAX(revision) FROM session)"
)


def forge(headers: dict[str, Any] | None = None, **changes: Any) -> str:
    now = datetime.now(UTC)
    valid_claims = {
        "sub": SESSION,
        "launch": 1,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(hours=1),
    }
    key, algorithm = changes.pop("key", KEY), changes.pop("algorithm", "HS256")
    claims = {
        name: value for name, value in {**valid_claims, **changes}.items() if value is not ...
    }
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def join_token(header: bytes, claims: bytes = b"", signature: bytes = b"x") -> str:
    return ".".join([base64url(header), base64url(claims), base64url(signature)])


def with_header(**header: Any) -> str:
    """Return the good claims with another header, and the signature of the old one."""
    _, claims, signature = forge().split(".")
    return f"{base64url(json.dumps(header).encode())}.{claims}.{signature}"


VALID_TOKEN = forge()
FORGED_TOKENS: dict[str, str] = {
    "nothing": "",
    "nonsense": "a.b.c",
    "dots": "." * 1000,
    "another script": "токен",
    "half a surrogate pair": "\ud800",
    "NUL": "\0" + VALID_TOKEN,
    "alg none": forge(key=None, algorithm="none"),
    "alg None": with_header(alg="None", typ="JWT"),
    "alg none, and no signature": with_header(alg="none").rpartition(".")[0] + ".",
    "no alg": with_header(typ="JWT"),
    "alg a list": with_header(alg=["HS256"]),
    "alg null": with_header(alg=None),
    "alg of a public key": with_header(alg="RS256"),
    "a key of its own": forge(
        key="another key of the same length, or so", headers={"jwk": {"kty": "oct", "k": "YQ"}}
    ),
    "a key from elsewhere": forge(
        key="x" * 32, headers={"jku": "https://evil.example/jwks", "kid": "../../dev/null"}
    ),
    "a kid that is none": forge(headers={"kid": "a"}, key="x" * 32),
    "detached": forge(headers={"b64": False, "crit": ["b64"]}).replace(".", "..", 1),
    "critical": forge(headers={"crit": ["exp"]}, key="x" * 32),
    "another key": forge(key="another key of the same length, or so"),
    "an empty key": forge(key=b"\0" * 32),
    "another algorithm": forge(key=KEY * 2, algorithm="HS512"),
    "the secret itself": forge(key=SECRET),
    "the vendor's secret": forge(key=SUPERVISOR_SECRET),
    "the LMS's key as the secret": forge(key=LMS_KEY.ljust(32)),
    "another audience": forge(aud="another service"),
    "an audience in a list of others": forge(aud=["another", "service"]),
    "no audience": forge(aud=...),
    "another session": forge(sub=OTHER),
    "the session with more": forge(sub=f"{SESSION}\n"),
    "the session with less": forge(sub=SESSION[:-1]),
    "no session": forge(sub=...),
    "expired": forge(exp=datetime.now(UTC) - timedelta(seconds=1)),
    "expired long ago": forge(exp=0),
    "never expiring": forge(exp=...),
    "expiring at no number": forge(exp=None),
    "not yet good": forge(nbf=datetime.now(UTC) + timedelta(hours=1)),
    "no launch": forge(launch=...),
    "a launch that is nothing": forge(launch=None),
    "a launch that is no number": forge(launch="1"),
    "a launch that is true": forge(launch=True),
    "a launch before all": forge(launch=-1),
    "a launch beyond all": forge(launch=2**63),
    "no object": jwt.api_jws.PyJWS().encode(b"[]", KEY, "HS256"),
    "no JSON": jwt.api_jws.PyJWS().encode(b"\xff", KEY, "HS256"),
    "cut short": VALID_TOKEN[:-1],
    "lengthened": VALID_TOKEN + "A",
    "another signature": VALID_TOKEN.rpartition(".")[0] + "." + "A" * 43,
    "other claims": ".".join(
        [VALID_TOKEN.split(".")[0], base64url(b'{"sub":"x"}'), VALID_TOKEN.split(".")[2]]
    ),
    "five parts": f"{VALID_TOKEN}.a.b",
    "a header nested deeply": join_token(b"[" * 1500),
    "a header that is no object": join_token(b"7"),
    "a header that is no JSON": join_token(b"\xff\xfe"),
    "claims nested deeply": jwt.api_jws.PyJWS().encode(b'{"a":' + b"[" * 1400, KEY, "HS256"),
    "huge": forge(padding="x" * 5000),
    "as long as a body may be": "a." * 30_000,
    "the LMS's key": LMS_KEY,
    "the vendor's key": VENDOR_KEY,
}


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """One kind of database is enough: no forged token comes so far."""
    shutil.copy(sqlite_with_tables, tmp_path / "results.db")
    return f"sqlite:///{tmp_path / 'results.db'}"


@pytest.fixture
def launch(client: FlaskClient) -> dict[str, Any]:
    return launch_session(client)["launch"]  # type: ignore[no-any-return]  # as JSON


@pytest.mark.parametrize("forged_token", FORGED_TOKENS.values(), ids=FORGED_TOKENS.keys())
def test_a_forged_token_is_rejected(
    client: FlaskClient, launch: Any, database: Database, forged_token: str
) -> None:
    before = database.fetch(ROW_COUNTS)

    for route in ("heartbeats", "metrics"):
        response = client.post(
            f"/sessions/{SESSION}/{route}", json={"token": forged_token, "metrics": {}}
        )
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert database.fetch(ROW_COUNTS) == before


def test_a_correctly_built_token_is_accepted(client: FlaskClient, launch: Any) -> None:
    assert (
        client.post(f"/sessions/{SESSION}/heartbeats", json={"token": VALID_TOKEN}).status_code
        == 200
    )


def test_the_vendors_token_is_rejected(client: FlaskClient, launch: dict[str, Any]) -> None:
    response = client.post(
        f"/sessions/{SESSION}/heartbeats", json={"token": launch["vendor"]["token"]}
    )

    assert response.status_code == 401


def test_a_token_is_rejected_for_another_session(
    client: FlaskClient, launch: dict[str, Any]
) -> None:
    launch_session(client, identifier=OTHER, student="learner-8")

    for route in ("heartbeats", "metrics"):
        payload = {"token": launch["token"], "metrics": {}}
        assert client.post(f"/sessions/{OTHER}/{route}", json=payload).status_code == 401


OTHER_ROUTES = [
    ("GET", "/sessions"),
    ("POST", "/sessions"),
    ("GET", f"/sessions/{SESSION}"),
    ("GET", f"/sessions/{SESSION}/decisions"),
    ("POST", f"/sessions/{SESSION}/holds"),
    ("DELETE", f"/sessions/{SESSION}/holds/disconnected"),
    ("POST", "/webhooks/supervisor"),
]


@pytest.mark.parametrize(("method", "path"), OTHER_ROUTES)
def test_a_launch_token_is_rejected_by_other_routes(
    client: FlaskClient, launch: dict[str, Any], method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {launch['token']}", "X-Api-Key": launch["token"]}

    assert (
        client.open(
            path, method=method, json={"token": launch["token"]}, headers=headers
        ).status_code
        == 401
    )


def test_a_valid_token_counts_only_in_body_or_bearer_header(
    client: FlaskClient, launch: dict[str, Any]
) -> None:
    path, token = f"/sessions/{SESSION}/heartbeats", launch["token"]
    client.set_cookie("token", token)

    assert client.post(f"{path}?token={token}", json={}).status_code == 401
    assert client.post(path, json={"token": [token]}).status_code == 401
    assert (
        client.post(path, json={"token": token}, headers={"Authorization": "Bearer x"}).status_code
        == 401
    )
    assert (
        client.post(path, json={}, headers={"Authorization": f"Basic {token}"}).status_code == 401
    )
    assert client.post(path, data={"token": token}).status_code == 401


def test_a_cached_token_still_expires() -> None:
    """The signature is cached, the expiry is not."""
    tokens, issued_at = LaunchTokens(secret=SECRET), datetime.now(UTC)
    token = tokens.issue(Launch(identifier=SESSION, number=1), issued_at)

    assert tokens.verify(token, issued_at) == tokens.verify(
        token, issued_at + LAUNCH_TOKEN_LIFETIME - timedelta(seconds=1)
    )
    assert tokens.verify(token, issued_at + LAUNCH_TOKEN_LIFETIME) is None
