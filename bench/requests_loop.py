"""The bare loop that deliveries are compared with:

`python -m bench.requests_loop URL THREADS SECONDS`.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

SAMPLE_MESSAGE = {
    "type": "session.outcome",
    "timestamp": "2026-03-02T09:00:00.000Z",
    "data": {
        "identifier": "5eed5eed-0000-4000-8000-000000000001",
        "student": "82e77802-08ad-42df-bb31-5eed5eed",
        "exam": None,
        "revision": 1,
        "outcome": "accepted",
        "status": "accepted",
        "score": 64,
        "reasons": [{"rule": "verdict", "detail": "accepted by admin"}],
        "link": "https://demo.proctoring.online/api/report/ebb455bf-a757-4b62-bc27-da8c9ffb69fd",
    },
}
"""As long as a real message."""


def main(url: str, threads: int, seconds: float) -> None:
    """Print how many messages a second all threads together have sent."""
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        delivered = sum(pool.map(lambda _: _post_until(url, started + seconds), range(threads)))
    print(delivered / (time.perf_counter() - started))


def _post_until(url: str, deadline: float) -> int:
    session, delivered = requests.Session(), 0
    body = json.dumps(SAMPLE_MESSAGE).encode()
    while time.perf_counter() < deadline:
        session.post(
            url, data=body, headers={"Content-Type": "application/json"}, timeout=15
        ).raise_for_status()
        delivered += 1
    return delivered


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
