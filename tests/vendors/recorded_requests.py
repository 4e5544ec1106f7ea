"""Recorded requests of every vendor, and readings in a form that can be written beside them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proctor_results.vendors.base import ParseResult, single_report

RECORDED = Path(__file__).parent / "recorded"


def recorded_requests(vendor: str) -> list[Path]:
    """The requests recorded of a vendor."""
    return sorted(
        path for path in (RECORDED / vendor).glob("*.json") if not path.stem.endswith(".expected")
    )


def expected_result(sample: Path) -> Any:
    """The reading written down beside a recorded request."""
    return json.loads(sample.with_suffix(".expected.json").read_text(encoding="utf-8"))


def parsed_as_json(parsed: ParseResult) -> dict[str, Any]:
    """A reading as JSON: what kind it is, and all that it says."""
    report = single_report(parsed)
    if report:
        return {"report": {"identifier": report.identifier, "facts": dict(report.facts)}}
    return {
        type(parsed).__name__.lower(): {
            name: value
            for name, value in vars(parsed).items()
            if name != "vendor_reference" or value
        }
    }


def all_texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from all_texts([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for item in value:
            yield from all_texts(item)
