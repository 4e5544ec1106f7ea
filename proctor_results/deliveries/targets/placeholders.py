"""Texts with placeholders such as `{student}`; a literal brace is written twice, `{{`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

Encode = Callable[[str], str]


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
