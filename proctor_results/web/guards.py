"""Who may pass: every route has a guard, and says which."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Response, g, request
from flask.typing import ResponseReturnValue

from proctor_results.flows.tally import Counted
from proctor_results.web.body import token_in_body
from proctor_results.web.front_door import front_door
from proctor_results.web.problems import problem

log = structlog.get_logger()

Params = ParamSpec("Params")
View = Callable[Params, ResponseReturnValue]
AnyView = TypeVar("AnyView", bound=Callable[..., object])


class KeyRing:
    """Keys, any of which opens. Comparing takes the same time for every key given, right or wrong."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def key_id(self, given: str | None) -> str | None:
        """A short public name of the key, or None where it does not open."""
        digest = _digest(given or "")
        found = [each for each in self._digests if hmac.compare_digest(each, digest)]
        return found[0].hex()[:8] if found else None


def for_vendors(view: View[Params]) -> View[Params]:
    """Lets through a proctoring system with one of the webhook keys; its key's name is then `g.key_id`."""
    return _guarded(view, "vendor", _vendor_key)


def for_lms(view: View[Params]) -> View[Params]:
    """Lets through the LMS with one of its keys, as a bearer token or as an API key."""
    return _guarded(view, "lms", _lms_key)


def for_watchers(view: View[Params]) -> View[Params]:
    """Lets through whoever watches the service, with one of the metrics keys."""
    return _guarded(view, "metrics", _metrics_key)


def for_browsers(view: View[Params]) -> View[Params]:
    """Lets through the browser of a launch of the session in the path; the launch is then `g.launch`."""
    return _guarded(view, "browser", _launch)


def for_browsers_and_lms(view: View[Params]) -> View[Params]:
    """Lets through the browser of a launch of the session, or the LMS."""
    return _guarded(view, "browser or lms", lambda: _launch() or _lms_key())


def for_anyone(view: AnyView) -> AnyView:
    """Lets everyone through: there is nothing behind it that not everyone may know."""
    view.guard = "anyone"  # type: ignore[attr-defined]  # read by the test that walks all routes
    return view


def _guarded(view: View[Params], name: str, key_id: Callable[[], str | None]) -> View[Params]:
    @wraps(view)
    def guarded(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
        g.key_id = key_id()
        return view(*args, **kwargs) if g.key_id else _turned_away(name)

    guarded.guard = name  # type: ignore[attr-defined]  # as above
    return guarded


def _vendor_key() -> str | None:
    door = front_door()
    return door.webhook_keys.key_id(request.headers.get(door.webhook_key_header))


def _lms_key() -> str | None:
    return front_door().lms_keys.key_id(_given())


def _metrics_key() -> str | None:
    return front_door().metrics_keys.key_id(_given())


def _given() -> str | None:
    return _bearer() if "Authorization" in request.headers else request.headers.get("X-Api-Key")


def _launch() -> str | None:
    """The token may stand in the body, because a page that closes, or wants no preflight, can set no header."""
    launch = front_door().launch_tokens.read(_bearer() or token_in_body(), front_door().now())
    if launch is None or request.view_args is None or launch.identifier != request.view_args["identifier"]:
        return None
    g.launch = launch
    return f"launch-{launch.number}"


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _turned_away(name: str) -> Response:
    front_door().house.tally.count(Counted.AUTH_FAILURES, name)
    log.warning("auth.refused", door=name, route=request.url_rule.rule if request.url_rule else None)
    answer = problem(401, _EXPECTED[name]())
    answer.headers["WWW-Authenticate"] = 'ApiKey realm="webhooks"' if name == "vendor" else f'Bearer realm="{name}"'
    return answer


_EXPECTED: dict[str, Callable[[], str]] = {
    "vendor": lambda: f"send one of WEBHOOK_API_KEYS in the header {front_door().webhook_key_header}",
    "lms": lambda: "send one of LMS_API_KEYS as 'Authorization: Bearer …' or in the header X-Api-Key",
    "metrics": lambda: "send one of METRICS_API_KEYS as 'Authorization: Bearer …' or in the header X-Api-Key",
    "browser": lambda: "send the token of a launch of this session, not older than a day; the LMS makes a new one",
    "browser or lms": lambda: "send the token of a launch of this session, or one of LMS_API_KEYS",
}

DOORS = tuple(_EXPECTED)
"""The names of all guards that turn somebody away."""


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
