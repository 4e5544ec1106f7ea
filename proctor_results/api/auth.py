"""Authenticates requests. Every route has a guard that names its realm."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Response, g, request
from flask.typing import ResponseReturnValue

from proctor_results.api.blueprint import token_in_body
from proctor_results.api.context import api_context
from proctor_results.api.problems import problem
from proctor_results.metrics.counters import CounterName
from proctor_results.vendors.base import MAX_BODY_BYTES, Unauthenticated, WebhookRequest

log = structlog.get_logger()

Params = ParamSpec("Params")
View = Callable[Params, ResponseReturnValue]
AnyView = TypeVar("AnyView", bound=Callable[..., object])


def requires(realm: str) -> Callable[[View[Params]], View[Params]]:
    """Require a key or token of a realm; `g.key_id` then names it.

    In "vendor" the vendor in the path authenticates `g.webhook_request`, in "browser" the token is
    of a launch of the session in the path, which is then `g.launch`.
    """

    def decorator(view: View[Params]) -> View[Params]:
        @wraps(view)
        def wrapper(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
            g.key_id = _AUTHENTICATE[realm]()
            return view(*args, **kwargs) if g.key_id else _unauthorized(realm)

        wrapper.guard = realm  # type: ignore[attr-defined]  # read by the test of all routes
        return wrapper

    return decorator


def public(view: AnyView) -> AnyView:
    """Allow every request: the route shows nothing that is not public."""
    view.guard = "public"  # type: ignore[attr-defined]  # read by the test of all routes
    return view


def _vendor_key_id() -> str | None:
    """Authenticate a webhook. At an unknown vendor's path, the keys of all vendors are accepted."""
    context, name = api_context(), (request.view_args or {})["vendor"]
    g.webhook_request = WebhookRequest(
        body=request.stream.read(MAX_BODY_BYTES + 1), headers=request.headers
    )
    vendors = [context.vendors[name]] if name in context.vendors else context.vendors.values()
    for vendor in vendors:
        if vendor.webhook:
            result = vendor.webhook.authenticate(g.webhook_request, context.now())
            if not isinstance(result, Unauthenticated):
                return result
            g.hint = result.hint
    return None


def _lms_key_id() -> str | None:
    return api_context().lms_keys.key_id(_presented_key())


def _metrics_key_id() -> str | None:
    return api_context().metrics_keys.key_id(_presented_key())


def _presented_key() -> str | None:
    return (
        _bearer_token() if "Authorization" in request.headers else request.headers.get("X-Api-Key")
    )


def _launch_key_id() -> str | None:
    """The token may be in the body: a page that closes, or avoids a preflight, sets no header."""
    launch = api_context().launch_tokens.verify(
        _bearer_token() or token_in_body(), api_context().now()
    )
    if not launch or launch.identifier != (request.view_args or {}).get("identifier"):
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
    response = problem(401, g.get("hint") or _HINT_BY_REALM[realm])
    response.headers["WWW-Authenticate"] = (
        'ApiKey realm="webhooks"' if realm == "vendor" else f'Bearer realm="{realm}"'
    )
    return response


_AUTHENTICATE: Mapping[str, Callable[[], str | None]] = {
    "vendor": _vendor_key_id,
    "lms": _lms_key_id,
    "metrics": _metrics_key_id,
    "browser": _launch_key_id,
    "browser_or_lms": lambda: _launch_key_id() or _lms_key_id(),
}

_HINT_BY_REALM = {
    "vendor": "this vendor posts nothing",
    "lms": "send one of LMS_API_KEYS as 'Authorization: Bearer …' or in the header X-Api-Key",
    "metrics": "send one of METRICS_API_KEYS as 'Authorization: Bearer …' or in the header "
    "X-Api-Key",
    "browser": "send the token of a launch of this session, not older than a day; the LMS makes "
    "a new one",
    "browser_or_lms": "send the token of a launch of this session, or one of LMS_API_KEYS",
}

REALMS = tuple(_HINT_BY_REALM)
"""The realms of all guards, as a log field and a metric label."""
