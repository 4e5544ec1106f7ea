"""Checkpoints: which ids they name, and what they cover."""

import hashlib

import pytest

from proctor_results.evidence.checkpoint import (
    NO_PREVIOUS,
    CheckpointManifest,
    format_ranges,
    is_valid_ranges,
    parse_ranges,
)
from tests.support.reports import NOW

RUNS = {
    "nothing": ([], ""),
    "one": ([7], "7"),
    "in a row": ([1, 2, 3], "1-3"),
    "with gaps": ([1, 3, 4, 5, 9], "1,3-5,9"),
}


@pytest.mark.parametrize(("numbers", "text"), RUNS.values(), ids=RUNS.keys())
def test_ranges_name_every_id_and_no_other(numbers: list[int], text: str) -> None:
    assert format_ranges(numbers) == text
    assert list(parse_ranges(text)) == numbers
    assert is_valid_ranges(text)


@pytest.mark.parametrize("text", ["x", "1-x", "1-", "-3", "1--3", "1-2-3", "1 2", "1-99999999999"])
def test_other_text_is_no_valid_list_of_ranges(text: str) -> None:
    assert not is_valid_ranges(text)


def test_its_digest_is_the_sha256_of_the_manifest_text() -> None:
    sheet = CheckpointManifest(NO_PREVIOUS, NOW)
    sheet.add("receipt", 1, "a" * 64)
    sheet.add("receipt", 3, "b" * 64)
    sheet.add("decision", 1, "c" * 64)

    lines = [
        "proctor-results checkpoint",
        "previous none",
        "at 2026-03-02T09:00:00.000Z",
        f"receipt 1 {'a' * 64}",
        f"receipt 3 {'b' * 64}",
        f"decision 1 {'c' * 64}",
    ]
    written = "".join(f"{line}\n" for line in lines)
    assert sheet.manifest_sha256 == hashlib.sha256(written.encode()).hexdigest()


def test_it_names_the_covered_ids_and_the_last_ones() -> None:
    first, second = CheckpointManifest(NO_PREVIOUS, NOW), CheckpointManifest("1" * 64, NOW)
    first.add("receipt", 4, "a" * 64)
    first.add("decision", 2, "b" * 64)
    second.add("receipt", 5, "c" * 64)

    before = first.to_checkpoint(None)
    after = second.to_checkpoint(before)

    assert (before.id_ranges, before.last_ids) == (
        {"receipt": "4", "decision": "2"},
        {"receipt": 4, "decision": 2},
    )
    assert (after.id_ranges, after.last_ids) == (
        {"receipt": "5", "decision": ""},
        {"receipt": 5, "decision": 2},
    )
