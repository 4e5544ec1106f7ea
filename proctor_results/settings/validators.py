"""Checks of single settings. Each raises ValidationError, and never quotes a secret."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from environs import ValidationError, validate

from proctor_results.database.connect import connect
from proctor_results.policies import load as policy_load

PUBLISHED_SAMPLE_KEY = "eexae8phah3Pha1iereez3oo"
"""Printed in a vendor's guide, and so no secret."""

MIN_SECRET_LENGTH = 16


def split_list(text: str | None) -> tuple[str, ...]:
    """Return the parts of a comma separated list."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def without_trailing_slash(url: str | None) -> str:
    """Return the URL without a trailing slash; report the error of a faulty one, return None."""
    return (url or "").rstrip("/")


def https_errors(name: str, url: str, allow_http: bool) -> Iterator[str]:
    """Yield an error where the setting `name` holds a URL that is not https."""
    if url and not (url.startswith("https:") or allow_http):
        yield f"{name}: must be https, unless LMS_ALLOW_PRIVATE_ADDRESSES is set"


def one_of(*choices: str) -> validate.OneOf:
    return validate.OneOf(choices, error="must be one of {choices}")


def secret_keys(*, allow_weak: bool) -> Callable[[str], None]:
    """Return a check of one secret or a list of them; weak ones are for development only."""

    def check(text: str) -> None:
        if allow_weak:
            return
        if any(len(key) < MIN_SECRET_LENGTH for key in split_list(text)):
            raise ValidationError(
                f"must have at least {MIN_SECRET_LENGTH} characters, as must every key of a list"
            )
        if PUBLISHED_SAMPLE_KEY in text:
            raise ValidationError("holds the key printed in the vendor's guide, which is public")

    return check


def database_url(url: str) -> None:
    try:
        connect(url)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def http_url(url: str) -> None:
    """Check a URL that this service calls."""
    if url and not _is_http_url(url):
        raise ValidationError("must be an http or https address")


def base_url(url: str) -> None:
    """Check the URL of a server, to which paths are added."""
    http_url(url)
    if re.search(r"[?#@\s]", url):
        raise ValidationError("must be an address that a path can be added to, without ?, # and @")


def origins(text: str) -> None:
    """Check origins as browsers send them: scheme and host in lower case, and an unusual port."""
    invalid_origins = [origin for origin in split_list(text) if not _is_origin(origin)]
    if invalid_origins:
        raise ValidationError(
            "must be origins such as https://lms.example, "
            f"which {', '.join(invalid_origins)} is not"
        )


def policy(text: str) -> None:
    try:
        policy_load.parse_policy(read_policy_text(text) if text else "")
    except policy_load.InvalidPolicy as error:
        raise ValidationError(error.errors) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValidationError(f"cannot be read: {error}") from error


def read_policy_text(text: str) -> str:
    """Return the text if it is TOML (an assignment or several lines), else the file it names."""
    return text if "=" in text or "\n" in text else Path(text).read_text(encoding="utf-8")


HEADER_NAME = validate.Regexp(
    r"[A-Za-z][A-Za-z0-9-]*\Z", error="must be the name of an HTTP header"
)
SIMPLE_NAME = validate.Regexp(r"[A-Za-z0-9_-]+\Z", error="may hold A-Z a-z 0-9 _ and - only")


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_origin(origin: str) -> bool:
    has_default_port = re.search(r"\Ahttps:.*:443\Z|\Ahttp:.*:80\Z", origin)
    return (
        bool(re.fullmatch(r"https?://([a-z0-9._-]+|\[[0-9a-f:]+\])(:[1-9][0-9]*)?", origin))
        and not has_default_port
    )
