"""An HTTP request of an LMS's own kind, written with placeholders, and its validation.

A placeholder is written `{student}`; a literal brace is written twice, `{{`.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from string import Formatter
from urllib.parse import quote, quote_plus, urlsplit

Encode = Callable[[str], str]

PLACEHOLDERS = (
    "identifier",
    "student",
    "course",
    "exam",
    "activity",
    "locked",
    "revision",
    "holds",
)
METHODS = ("POST", "PUT", "PATCH", "DELETE")
RESERVED_HEADERS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "idempotency-key"}
)
"""Headers that a template cannot set."""

_DOT_SEGMENTS = {".", ".."}


@dataclass(frozen=True, kw_only=True)
class Template:
    """Literal texts, each with the name of the placeholder that follows it, or None."""

    parts: tuple[tuple[str, str | None], ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for _, name in self.parts if name is not None)

    def render(self, values: Mapping[str, str], encode: Encode) -> str:
        """Fill in the values, each encoded for its context."""
        return "".join(
            text + (encode(values[name]) if name is not None else "") for text, name in self.parts
        )


def parse_template(text: str, allowed_names: Collection[str]) -> Template:
    """Parse a text with placeholders. Raises ValueError that says what is wrong with it."""
    try:
        parts = tuple(
            (literal, _placeholder_name(*field)) for literal, *field in Formatter().parse(text)
        )
    except ValueError:
        raise ValueError("a brace has no partner; a literal one is written {{ or }}") from None
    template = Template(parts=parts)
    unknown = template.names.difference(allowed_names)
    if unknown:
        known = f"known are {_format_names(allowed_names)}; for a brace write {{{{"
        raise ValueError(f"unknown placeholder {_format_names(sorted(unknown))}; {known}")
    return template


def _placeholder_name(name: str | None, spec: str | None, conversion: str | None) -> str | None:
    """Add Python's formats, as in `{x!r}` and `{x:>10}`, to the name, which makes it unknown."""
    if name is None:
        return None
    return name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")


def _format_names(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


@dataclass(frozen=True, kw_only=True)
class RequestTemplate:
    """The request as the settings give it; `validation_errors` says whether it can be used."""

    url_template: str = field(default="", repr=False)  # may hold a secret, as may what follows
    method: str = "POST"
    body: str = field(default="", repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def required_fields(self) -> frozenset[str]:
        """The placeholders that need a value before the request can be sent."""
        return self._parsed_url.names | self._parsed_body.names

    def has_path_traversal(self, values: Mapping[str, str]) -> bool:
        """Return whether a value has a dot segment, which many servers resolve after decoding."""
        return any(
            _DOT_SEGMENTS & set(re.split(r"[/\\]", values[name])) for name in self._parsed_url.names
        )

    def render_url(self, values: Mapping[str, str]) -> str:
        """Fill in the address, with every value percent-encoded."""
        return self._parsed_url.render(values, _percent_encode)

    def render_body(self, values: Mapping[str, str]) -> bytes:
        """Fill in the body, with every value escaped for the content type."""
        encode = _encoder_for(self.content_type) or _percent_encode
        return self._parsed_body.render(values, encode).encode(errors="surrogatepass")

    @cached_property
    def _parsed_url(self) -> Template:
        return parse_template(self.url_template, PLACEHOLDERS)

    @cached_property
    def _parsed_body(self) -> Template:
        return parse_template(self.body, PLACEHOLDERS)


def validation_errors(request_template: RequestTemplate) -> dict[str, list[str]]:
    """Return what is wrong, by field. No message quotes a header's value."""
    errors_by_field = {name: list(check(request_template)) for name, check in _CHECKS.items()}
    return {name: errors for name, errors in errors_by_field.items() if errors}


def _url_errors(request_template: RequestTemplate) -> Iterator[str]:
    try:
        parse_template(request_template.url_template, PLACEHOLDERS)
        parts = urlsplit(request_template.url_template)
    except ValueError as error:
        yield str(error)
        return
    if parts.scheme not in ("http", "https") or not parts.netloc:
        yield "must be an http or https address"
    elif "{" in parts.netloc:
        yield "no placeholder may choose the host"


def _method_errors(request_template: RequestTemplate) -> Iterator[str]:
    if request_template.method not in METHODS:
        yield f"must be one of {', '.join(METHODS)}"


def _body_errors(request_template: RequestTemplate) -> Iterator[str]:
    try:
        parse_template(request_template.body, PLACEHOLDERS)
    except ValueError as error:
        yield str(error)
        return
    is_json = _encoder_for(request_template.content_type) is _escape_json
    if request_template.body and is_json and not _is_json_when_filled(request_template):
        hint = 'a text needs quotes around its placeholder, as in "{student}"'
        yield f"is not JSON once it is filled in: {hint}"


def _is_json_when_filled(request_template: RequestTemplate) -> bool:
    """Try values that would break out of a placeholder without quotes."""
    values = {**dict.fromkeys(PLACEHOLDERS, '"\\'), "locked": "true", "revision": "1"}
    try:
        json.loads(request_template.render_body(values))
    except ValueError:
        return False
    return True


def _content_type_errors(request_template: RequestTemplate) -> Iterator[str]:
    if request_template.body and _encoder_for(request_template.content_type) is None:
        yield f"must be one of {', '.join(_ENCODERS)}"


def _header_errors(request_template: RequestTemplate) -> Iterator[str]:
    for name, value in request_template.headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            yield f"{name!a} is not the name of a header"
        elif name.lower() in RESERVED_HEADERS:
            yield f"{name} is set by the service"
        elif not re.fullmatch(r"[!-~]([ -~]*[!-~])?", value):
            yield f"the value of {name} is not visible ASCII"


_CHECKS: Mapping[str, Callable[[RequestTemplate], Iterator[str]]] = {
    "url_template": _url_errors,
    "method": _method_errors,
    "body": _body_errors,
    "content_type": _content_type_errors,
    "headers": _header_errors,
}


def _encoder_for(content_type: str) -> Encode | None:
    media_type = content_type.partition(";")[0].strip().lower()
    return _escape_json if media_type.endswith("+json") else _ENCODERS.get(media_type)


def _escape_json(value: str) -> str:
    """Return the inside of a JSON string, so that `true` and numbers need no quotes."""
    return json.dumps(value)[1:-1]


_percent_encode: Encode = partial(quote, safe="", errors="surrogatepass")

_ENCODERS: Mapping[str, Encode] = {
    "application/json": _escape_json,
    "application/x-www-form-urlencoded": partial(quote_plus, errors="surrogatepass"),
}
