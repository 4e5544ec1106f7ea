"""The time of a comparison does not depend on the key."""

import hmac
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

import pytest

from proctor_results.vendors.auth import ApiKeySet

KEYS = [f"key number {number:03} of the ring" for number in range(100)]
SENT_KEYS: dict[str, str | None] = {
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


@pytest.mark.parametrize("sent_key", SENT_KEYS.values(), ids=SENT_KEYS.keys())
def test_every_key_is_compared_in_full(
    sent_key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digests of one length are compared with `hmac.compare_digest`, and all of them."""
    compared: list[tuple[int, int]] = []
    compare_digest: Callable[[bytes, bytes], bool] = hmac.compare_digest

    def recording_compare(stored_digest: bytes, sent_digest: bytes) -> bool:
        compared.append((len(stored_digest), len(sent_digest)))
        return compare_digest(stored_digest, sent_digest)

    monkeypatch.setattr(hmac, "compare_digest", recording_compare)

    assert bool(ApiKeySet(KEYS).key_id(sent_key)) is (sent_key in KEYS)
    assert compared == [(32, 32)] * len(KEYS)


def test_a_key_takes_as_long_as_any_other_of_its_length() -> None:
    """Measured in turns, so that a busy machine affects all alike.

    Stopping at the first difference would be 50 times as fast.
    """
    api_keys = ApiKeySet(KEYS)
    sent_keys = [key for key in SENT_KEYS.values() if key and len(key) == len(KEYS[0])]

    rounds = [{key: _nanoseconds(api_keys, key) for key in sent_keys} for _ in range(200)]

    medians = [median(timings[key] for timings in rounds) for key in sent_keys]
    assert max(medians) < 1.5 * min(medians)
    assert len(sent_keys) == 5


def _nanoseconds(api_keys: ApiKeySet, key: str) -> int:
    start = perf_counter_ns()
    api_keys.key_id(key)
    return perf_counter_ns() - start
