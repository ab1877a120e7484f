"""How soon a registered server is found, while others are registered steadily.

    python -m scripts.bench_freshness URL [--token TOKEN] [--seconds 60] [--rate 5]

Registers servers at a steady rate in a running registry (``ROLLCALL_TOKEN`` or ``--token``: of
somebody who may) and asks the search for each until it is found by what it says. Exits 1 when 99
of 100 take longer than 5 seconds, or when one is never found. To fill a registry first:
``python -m scripts.search_world 100000``.
"""

import argparse
import os
import secrets
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

MOST_SECONDS = 5.0
GIVEN_UP_AFTER = 60.0
BETWEEN_QUESTIONS = 0.2
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def register(client: httpx.Client, word: str) -> None:
    document = {
        "$schema": SCHEMA,
        "name": f"com.example.fresh/{word}",
        "description": f"Looks after the {word} of a garden.",
        "version": "1.0.0",
        "visibility": "public",
        "monitored": False,
    }
    client.post("/api/servers", json=document).raise_for_status()


def seconds_until_found(client: httpx.Client, word: str) -> float | None:
    """From the moment the registration was answered; ``None`` if that was never."""
    began = time.monotonic()
    while time.monotonic() - began < GIVEN_UP_AFTER:
        asked = {"q": f"who looks after the {word} of my garden", "type": "servers"}
        results = client.get("/api/search", params=asked).raise_for_status().json()["results"]
        if any(each["name"].endswith(f"/{word}") for each in results):
            return time.monotonic() - began
        threading.Event().wait(BETWEEN_QUESTIONS)
    return None


def measured(client: httpx.Client, *, writes: int, rate: float) -> list[float | None]:
    """One after the other at the rate; each is looked for by a thread of its own."""
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=int(GIVEN_UP_AFTER * rate)) as threads:
        waiting = []
        for number in range(writes):
            threading.Event().wait(max(0.0, began + number / rate - time.monotonic()))
            word = f"zw{secrets.token_hex(5)}"
            register(client, word)
            waiting.append(threads.submit(seconds_until_found, client, word))
        return [each.result() for each in waiting]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--token", default=os.environ.get("ROLLCALL_TOKEN", ""))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=5.0, help="registrations a second")
    options = parser.parse_args()
    headers = {"Authorization": f"Bearer {options.token}"}
    limits = httpx.Limits(max_connections=100)
    with httpx.Client(base_url=options.url, headers=headers, limits=limits, timeout=30) as client:
        found = measured(client, writes=int(options.seconds * options.rate), rate=options.rate)
    times = sorted(each for each in found if each is not None)
    if not times:
        sys.exit(f"None of {len(found)} was found.")
    p50, p99 = times[len(times) // 2], times[min(int(0.99 * len(times)), len(times) - 1)]
    print(f"{len(found)} registered, {len(times)} found; p50 {p50:.2f} s, p99 {p99:.2f} s")
    if len(times) < len(found) or p99 > MOST_SECONDS:
        sys.exit("Not soon enough.")


if __name__ == "__main__":
    main()
