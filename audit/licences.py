"""Checks that the licence of each package of production allows how this service uses it."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, metadata

ALLOWED_LICENCES = frozenset(
    {"MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD", "Apache-2.0", "PSF-2.0"}
)
"""Permissive licences by SPDX identifier; `BSD` where a package does not say which variant."""

LICENCE_EXCEPTIONS = {
    "psycopg": "LGPL-3.0-only",  # imported unchanged and replaceable: the LGPL asks no more
    "psycopg-binary": "LGPL-3.0-only",  # as psycopg, of which it is the compiled part
    "certifi": "MPL-2.0",  # passed on unchanged: the MPL applies to its own files only
    "peewee": "",  # names no licence in its metadata; its LICENSE file is MIT's text
}
"""Packages with another licence, and why that is no trouble."""

_CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def licence_problems(packages: Iterable[str]) -> Iterator[str]:
    """Yield one line for each package whose licence is neither allowed nor explained."""
    checked = list(packages)
    for package in checked:
        try:
            licence = read_licence(package)
        except PackageNotFoundError:
            yield f"{package} is pinned and not installed: its licence is not known"
            continue
        if not is_allowed(licence) and LICENCE_EXCEPTIONS.get(package) != licence:
            yield (
                f"{package} has the licence {licence or 'unknown'!r}: allow or explain it in "
                "audit/licences.py"
            )
    print(f"licences: {len(checked)} packages of production looked at")


def read_licence(package: str) -> str:
    """Return the licence from the package's metadata, as SPDX where that is possible."""
    metadata_json = metadata(package).json
    expression, classifiers = (
        metadata_json.get("license_expression"),
        metadata_json.get("classifier", ()),
    )
    known_licences = [
        _CLASSIFIERS.get(part.rpartition(" :: ")[2])
        for part in classifiers
        if part.startswith("License ::")
    ]
    return str(
        expression or " AND ".join(filter(None, known_licences)) or metadata_json.get("license", "")
    )


def is_allowed(licence: str) -> bool:
    """Of alternatives one is enough; of licences that hold together all must be allowed."""
    return any(
        all(part.strip(" ()") in ALLOWED_LICENCES for part in re.split(r"\bAND\b", choice))
        for choice in re.split(r"\bOR\b", licence)
    )
