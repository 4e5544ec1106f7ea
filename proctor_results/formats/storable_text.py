"""Text that no database can hold."""


def storage_problem(text: str) -> str | None:
    """What keeps the text from being stored as it is, or None."""
    if "\0" in text:
        return "Holds a NUL character."
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "Holds half of a surrogate pair."
    return None
