"""A target whose lock is a call of its own kind: an address and a body with placeholders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctor_results.domain.json_value import Json
from proctor_results.domain.words import Topic
from proctor_results.lms.base import PushResult, Unsendable
from proctor_results.lms.outbound import Caller, sendable
from proctor_results.lms.recipe import Recipe, faults


@dataclass(frozen=True, kw_only=True)
class HttpTemplateTarget:
    """Sends a recipe, filled in with what is known of the lock. Raises ValueError for a recipe with faults."""

    recipe: Recipe
    caller: Caller
    name: str = "http-template"
    topics: frozenset[Topic] = frozenset({Topic.LOCK})

    def __post_init__(self) -> None:
        found = faults(self.recipe)
        if found:
            raise ValueError("; ".join(f"{name}: {fault}" for name, said in found.items() for fault in said))

    @property
    def address(self) -> str:
        """With its placeholders, as it was given."""
        return self.recipe.address

    def push(self, message_id: str, message: Mapping[str, Json], now: datetime) -> PushResult:
        """Sends nothing where something that the recipe needs is missing: half a lock could lock somebody else."""
        data: Any = message["data"]
        values = _values(data)
        lacking = sorted(self.recipe.needs - values.keys())
        if lacking:
            return Unsendable(detail=f"not sent: no {' and no '.join(lacking)} is known yet")
        if self.recipe.leads_astray(values):
            return Unsendable(detail="not sent: a value would lead the address elsewhere")
        url, body = self.recipe.url(values), self.recipe.payload(values)
        return self.caller.call(self.recipe.method, url, body, self._headers(message_id, body), now)

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        content = {"Content-Type": self.recipe.content_type} if body else {}
        return {**self.recipe.headers, **content, "Idempotency-Key": sendable(message_id)}


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    """What is known, by placeholder; an empty id is none."""
    ids = {name: data.get(name) for name in ("identifier", "student", "course", "exam", "activity")}
    return {
        **{name: str(value) for name, value in ids.items() if value not in (None, "")},
        "locked": "true" if data["locked"] else "false",
        "revision": str(data["revision"]),
        "holds": ",".join(hold["kind"] for hold in data["holds"]),
    }
