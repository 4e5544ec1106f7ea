"""Recorded requests of every vendor, each with the expected result of parsing as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proctor_results.vendors.base import Event, Parsed, ParseResult, StatusReport, single_report

VENDOR_FOLDERS = {
    folder.parent.name: folder for folder in sorted(Path(__file__).parent.glob("*/recorded"))
}


def recorded_requests(vendor: str) -> list[Path]:
    """Return the recorded requests of a vendor."""
    return sorted(
        path
        for path in VENDOR_FOLDERS[vendor].glob("*.json")
        if not path.stem.endswith(".expected")
    )


def expected_result(sample: Path) -> Any:
    """Return the expected result that is stored beside a recorded request."""
    return json.loads(sample.with_suffix(".expected.json").read_text(encoding="utf-8"))


def parsed_as_json(parsed: ParseResult) -> dict[str, Any]:
    """Return a result of parsing as JSON: its kind and its content."""
    report = single_report(parsed)
    if report:
        return {"report": {"identifier": report.identifier, "facts": dict(report.facts)}}
    if isinstance(parsed, Parsed):
        return {"events": {"events": [_event_as_json(event) for event in parsed.events]}}
    return {
        type(parsed).__name__.lower(): {
            name: value
            for name, value in vars(parsed).items()
            if name != "vendor_reference" or value
        }
    }


def _event_as_json(event: Event) -> dict[str, Any]:
    fields = {name: value for name, value in vars(event).items() if value and name != "report"}
    if isinstance(event, StatusReport):
        fields |= {"identifier": event.identifier, "facts": dict(event.report.facts)}
    return {"event": type(event).__name__, **fields}


def all_texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from all_texts([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for item in value:
            yield from all_texts(item)
