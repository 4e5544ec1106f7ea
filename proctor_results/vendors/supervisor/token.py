"""Signs what Supervisor is told in its own kind of token (guide, sections 3.1 and 3.2): JSON Web Token, HS256."""

import json
from collections.abc import Mapping

from jwt import InvalidTokenError, PyJWS
from jwt.algorithms import HMACAlgorithm

from proctor_results.formats.json_value import Json

ALGORITHM = "HS256"


class UnreadableToken(ValueError):  # noqa: N818  # it reads as what it is
    """The token is none, or was signed with another secret."""


def sign(payload: Mapping[str, Json], secret: str) -> str:
    """The token. Its JSON is compact, keeps the payload's order, and is ASCII, so that every decoder reads it alike."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return _SIGNER.encode(body, secret, ALGORITHM)


def verify(token: str, secret: str) -> dict[str, Json]:
    """The payload, once its signature has been checked; the clock is not asked. Raises UnreadableToken."""
    try:
        payload: dict[str, Json] = json.loads(_SIGNER.decode(token, secret, algorithms=[ALGORITHM]))
    except (InvalidTokenError, ValueError) as error:
        raise UnreadableToken(str(error)) from error
    return payload


class _AnySecret(HMACAlgorithm):
    """Takes a secret as the vendor gave it out, also below RFC 7518's 32 bytes; settings and doctor judge it."""

    def prepare_key(self, key: str | bytes) -> bytes:
        return key.encode() if isinstance(key, str) else key

    def check_key_length(self, key: bytes) -> str | None:
        return None


def _signer() -> PyJWS:
    signer = PyJWS()
    signer.unregister_algorithm(ALGORITHM)
    signer.register_algorithm(ALGORITHM, _AnySecret(_AnySecret.SHA256))
    return signer


_SIGNER = _signer()
