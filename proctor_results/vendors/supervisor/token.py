"""Signs and reads the tokens of Supervisor: JWT, HS256 (guide, sections 3.1 and 3.2)."""

import json
from collections.abc import Mapping

from jwt import InvalidTokenError, PyJWS
from jwt.algorithms import HMACAlgorithm

from proctor_results.formats.json_value import Json

ALGORITHM = "HS256"


class UnreadableToken(ValueError):  # noqa: N818  # it reads as what it is
    """The token is malformed, or signed with another secret."""


def sign(payload: Mapping[str, Json], secret: str) -> str:
    """Return the token of the payload, as compact ASCII JSON in the order of the payload."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return _SIGNER.encode(body, secret, ALGORITHM)


def verify(token: str, secret: str) -> dict[str, Json]:
    """Return the payload of a token with a good signature; expiry is not checked.

    Raises UnreadableToken."""
    try:
        payload: dict[str, Json] = json.loads(_SIGNER.decode(token, secret, algorithms=[ALGORITHM]))
    except (InvalidTokenError, ValueError) as error:
        raise UnreadableToken(str(error)) from error
    return payload


class _AnySecret(HMACAlgorithm):
    """Accept secrets shorter than RFC 7518's 32 bytes; settings and doctor check their length."""

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
