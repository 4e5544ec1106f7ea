"""Which identifiers are accepted, and which texts no database can store."""

import re

IDENTIFIER_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._~@:+=-]{0,199}"
"""Vendors allow letters and digits, some also `-` and `_`; LMSs put the rest between parts.

Nothing in it needs escaping in a path, a header or a log.
"""

IDENTIFIER_RULE = (
    "Must be 1 to 200 of A-Z a-z 0-9 . _ ~ @ : + = - and begin with a letter or a digit."
)

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, and halves of surrogate pairs."""


def storage_problem(text: str) -> str | None:
    """Return why the text cannot be stored as it is, or None."""
    found = UNSTORABLE.search(text)
    if found is None:
        return None
    return "Holds a NUL character." if found[0] == "\0" else "Holds half of a surrogate pair."
