"""Who may pass: every route has a guard, and says which."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Response, g, request
from flask.typing import ResponseReturnValue

from proctor_results.api.context import api_context
from proctor_results.api.problems import problem
from proctor_results.api.request_body import token_in_body
from proctor_results.metrics.counters import CounterName

log = structlog.get_logger()

Params = ParamSpec("Params")
View = Callable[Params, ResponseReturnValue]
AnyView = TypeVar("AnyView", bound=Callable[..., object])


class ApiKeySet:
    """Keys, any of which opens. Comparing takes the same time for every key given, right or wrong."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def key_id(self, presented_key: str | None) -> str | None:
        """A short public name of the key, or None where it does not open."""
        digest = _digest(presented_key or "")
        matches = [
            known_digest
            for known_digest in self._digests
            if hmac.compare_digest(known_digest, digest)
        ]
        return matches[0].hex()[:8] if matches else None


def vendor_key_required(view: View[Params]) -> View[Params]:
    """Lets through a proctoring system with one of the webhook keys; its key's name is then `g.key_id`."""
    return _require(view, "vendor", _vendor_key_id)


def lms_key_required(view: View[Params]) -> View[Params]:
    """Lets through the LMS with one of its keys, as a bearer token or as an API key."""
    return _require(view, "lms", _lms_key_id)


def metrics_key_required(view: View[Params]) -> View[Params]:
    """Lets through whoever watches the service, with one of the metrics keys."""
    return _require(view, "metrics", _metrics_key_id)


def launch_token_required(view: View[Params]) -> View[Params]:
    """Lets through the browser of a launch of the session in the path; the launch is then `g.launch`."""
    return _require(view, "browser", _launch_key_id)


def launch_token_or_lms_key_required(view: View[Params]) -> View[Params]:
    """Lets through the browser of a launch of the session, or the LMS."""
    return _require(view, "browser_or_lms", lambda: _launch_key_id() or _lms_key_id())


def public(view: AnyView) -> AnyView:
    """Lets everyone through: there is nothing behind it that not everyone may know."""
    view.guard = "public"  # type: ignore[attr-defined]  # read by the test that walks all routes
    return view


def _require(
    view: View[Params], realm: str, authenticate: Callable[[], str | None]
) -> View[Params]:
    @wraps(view)
    def wrapper(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
        g.key_id = authenticate()
        return view(*args, **kwargs) if g.key_id else _unauthorized(realm)

    wrapper.guard = realm  # type: ignore[attr-defined]  # as above
    return wrapper


def _vendor_key_id() -> str | None:
    context = api_context()
    return context.webhook_keys.key_id(request.headers.get(context.webhook_key_header))


def _lms_key_id() -> str | None:
    return api_context().lms_keys.key_id(_presented_key())


def _metrics_key_id() -> str | None:
    return api_context().metrics_keys.key_id(_presented_key())


def _presented_key() -> str | None:
    return (
        _bearer_token() if "Authorization" in request.headers else request.headers.get("X-Api-Key")
    )


def _launch_key_id() -> str | None:
    """The token may stand in the body, because a page that closes, or wants no preflight, can set no header."""
    launch = api_context().launch_tokens.verify(
        _bearer_token() or token_in_body(), api_context().now()
    )
    if (
        launch is None
        or request.view_args is None
        or launch.identifier != request.view_args["identifier"]
    ):
        return None
    g.launch = launch
    return f"launch-{launch.number}"


def _bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unauthorized(realm: str) -> Response:
    api_context().deps.counters.count(CounterName.AUTH_FAILURES, realm)
    log.warning(
        "auth.rejected", realm=realm, route=request.url_rule.rule if request.url_rule else None
    )
    response = problem(401, _HINT_BY_REALM[realm]())
    response.headers["WWW-Authenticate"] = (
        'ApiKey realm="webhooks"' if realm == "vendor" else f'Bearer realm="{realm}"'
    )
    return response


_HINT_BY_REALM: dict[str, Callable[[], str]] = {
    "vendor": lambda: (
        f"send one of WEBHOOK_API_KEYS in the header {api_context().webhook_key_header}"
    ),
    "lms": lambda: (
        "send one of LMS_API_KEYS as 'Authorization: Bearer …' or in the header X-Api-Key"
    ),
    "metrics": lambda: (
        "send one of METRICS_API_KEYS as 'Authorization: Bearer …' or in the header X-Api-Key"
    ),
    "browser": lambda: (
        "send the token of a launch of this session, not older than a day; the LMS makes a new one"
    ),
    "browser_or_lms": lambda: "send the token of a launch of this session, or one of LMS_API_KEYS",
}

REALMS = tuple(_HINT_BY_REALM)
"""The names of all guards that turn somebody away."""


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
