"""How long a key is looked for tells nothing about it."""

import hmac
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

import pytest

from proctor_results.web.guards import KeyRing

KEYS = [f"key number {number:03} of the ring" for number in range(100)]
GIVEN: dict[str, str | None] = {
    "the first": KEYS[0],
    "the last": KEYS[-1],
    "wrong in its last letter": KEYS[0][:-1] + "x",
    "wrong in its first letter": "x" + KEYS[0][1:],
    "wrong in every letter": "x" * len(KEYS[0]),
    "shorter": KEYS[0][:-1],
    "longer": KEYS[0] + "x",
    "empty": "",
    "none": None,
    "not ASCII": "schl\xfcssel",
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
def test_every_key_is_compared_whole_whatever_is_given(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """By digests of one length, and by the comparison that is made for secrets: it looks at all of them."""
    compared: list[tuple[int, int]] = []
    real: Callable[[bytes, bytes], bool] = hmac.compare_digest

    def counting(known: bytes, other: bytes) -> bool:
        compared.append((len(known), len(other)))
        return real(known, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)

    assert bool(KeyRing(KEYS).key_id(given)) is (given in KEYS)
    assert compared == [(32, 32)] * len(KEYS)


def test_a_key_takes_as_long_as_any_other_of_its_length() -> None:
    """Measured in turns, so that a busy machine is as bad for all. Stopping at the first would be 50 times as fast."""
    ring = KeyRing(KEYS)
    given = [key for key in GIVEN.values() if key and len(key) == len(KEYS[0])]

    rounds = [{key: _nanoseconds(ring, key) for key in given} for _ in range(200)]

    medians = [median(each[key] for each in rounds) for key in given]
    assert max(medians) < 1.5 * min(medians)
    assert len(given) == 5


def _nanoseconds(ring: KeyRing, key: str) -> int:
    start = perf_counter_ns()
    ring.key_id(key)
    return perf_counter_ns() - start
