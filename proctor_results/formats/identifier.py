"""What an identifier may look like."""

IDENTIFIER_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._~@:+=-]{0,199}"
"""Vendors allow letters and digits, some also `-` and `_`; the rest are what LMSs put between the parts of their own.

Nothing in it needs escaping in a path, a header or a log.
"""

IDENTIFIER_RULE = (
    "Must be 1 to 200 of A-Z a-z 0-9 . _ ~ @ : + = - and begin with a letter or a digit."
)
