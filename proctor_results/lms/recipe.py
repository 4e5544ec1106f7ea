"""A call of an LMS's own kind, written down with placeholders."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote, quote_plus, urlsplit

from proctor_results.lms.placeholders import Encode, Template, parse

KNOWN = ("identifier", "student", "course", "exam", "activity", "locked", "revision", "holds")
METHODS = ("POST", "PUT", "PATCH", "DELETE")
OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "idempotency-key"})
"""Headers that a recipe cannot set."""

_DOTS = {".", ".."}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to send, and where. It is as it was given: `faults` says whether it can be used."""

    address: str = field(repr=False)  # may hold a password or a token, as may what follows
    method: str = "POST"
    body: str = field(default="", repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def needs(self) -> frozenset[str]:
        """What must be known before it can be sent."""
        return self._address.names | self._body.names

    def leads_astray(self, values: Mapping[str, str]) -> bool:
        """Whether the address could end elsewhere: many servers decode a path before they resolve the `..` in it."""
        return any(_DOTS & set(re.split(r"[/\\]", values[name])) for name in self._address.names)

    def url(self, values: Mapping[str, str]) -> str:
        """The address, with every value percent-encoded."""
        return self._address.filled(values, _percent)

    def payload(self, values: Mapping[str, str]) -> bytes:
        """The body, with every value escaped for its content type."""
        return self._body.filled(values, _encoder(self.content_type) or _percent).encode(errors="surrogatepass")

    @cached_property
    def _address(self) -> Template:
        return parse(self.address, KNOWN)

    @cached_property
    def _body(self) -> Template:
        return parse(self.body, KNOWN)


def faults(recipe: Recipe) -> dict[str, list[str]]:
    """What is wrong with it, by field. No message quotes a value of a header."""
    found = {name: list(check(recipe)) for name, check in _CHECKS.items()}
    return {name: said for name, said in found.items() if said}


def _address_faults(recipe: Recipe) -> Iterator[str]:
    try:
        parse(recipe.address, KNOWN)
        parts = urlsplit(recipe.address)
    except ValueError as error:
        yield str(error)
        return
    if parts.scheme not in ("http", "https") or not parts.netloc:
        yield "must be an http or https address"
    elif "{" in parts.netloc:
        yield "no placeholder may choose the host"


def _method_faults(recipe: Recipe) -> Iterator[str]:
    if recipe.method not in METHODS:
        yield f"must be one of {', '.join(METHODS)}"


def _body_faults(recipe: Recipe) -> Iterator[str]:
    try:
        parse(recipe.body, KNOWN)
    except ValueError as error:
        yield str(error)
        return
    if recipe.body and _encoder(recipe.content_type) is _json_text and not _is_json(recipe):
        yield 'is not JSON once it is filled in: a text needs quotes around its placeholder, as in "{student}"'


def _is_json(recipe: Recipe) -> bool:
    """Tried with texts that would break out of quotes that are not there."""
    try:
        json.loads(recipe.payload({**dict.fromkeys(KNOWN, '"\\'), "locked": "true", "revision": "1"}))
    except ValueError:
        return False
    return True


def _content_type_faults(recipe: Recipe) -> Iterator[str]:
    if recipe.body and _encoder(recipe.content_type) is None:
        yield f"must be one of {', '.join(_ENCODERS)}"


def _header_faults(recipe: Recipe) -> Iterator[str]:
    for name, value in recipe.headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            yield f"{name!a} is not the name of a header"
        elif name.lower() in OURS:
            yield f"{name} is not for you to set"
        elif not re.fullmatch(r"[!-~]([ -~]*[!-~])?", value):
            yield f"the value of {name} is not visible ASCII"


_CHECKS: Mapping[str, Callable[[Recipe], Iterator[str]]] = {
    "address": _address_faults,
    "method": _method_faults,
    "body": _body_faults,
    "content_type": _content_type_faults,
    "headers": _header_faults,
}


def _encoder(content_type: str) -> Encode | None:
    media_type = content_type.partition(";")[0].strip().lower()
    return _json_text if media_type.endswith("+json") else _ENCODERS.get(media_type)


def _json_text(value: str) -> str:
    """The inside of a JSON string; numbers, true and false stay what they are, and need no quotes around them."""
    return json.dumps(value)[1:-1]


def _percent(value: str) -> str:
    return quote(value, safe="", errors="surrogatepass")


def _form(value: str) -> str:
    return quote_plus(value, errors="surrogatepass")


_ENCODERS: Mapping[str, Encode] = {"application/json": _json_text, "application/x-www-form-urlencoded": _form}
