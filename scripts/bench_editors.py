"""Many editors of one server at once, over HTTP: is an update ever lost?

    python -m scripts.bench_editors http://127.0.0.1:8000 com.example/clock --edits 1000

Each editor reads the server and changes its category with ``If-Match``, again and again: whoever
comes too late is told 412, and goes on with the next edit. The token of somebody who may edit the
server is read from ``ROLLCALL_TOKEN``.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

WON, LOST = httpx.codes.OK, httpx.codes.PRECONDITION_FAILED


@dataclass(kw_only=True)
class Outcome:
    """What the editors were answered, and what the history says of it."""

    answers: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    # The category before and after each change, the oldest first.
    history: list[tuple[str, str]] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What must not be: nothing, if no update was lost."""
        wrong = [f"answered {code}" for code in self.answers if code not in (WON, LOST)]
        written = [after for _, after in self.history]
        if sorted(written) != sorted(self.acknowledged):
            wrong.append("the history is not what was acknowledged")
        pairs = zip(self.history, self.history[1:], strict=False)
        if any(earlier[1] != later[0] for earlier, later in pairs):
            wrong.append("a change was based on something else than the one before it")
        return wrong


def compete(client: httpx.Client, name: str, *, editors: int, edits: int) -> Outcome:
    """Have ``editors`` try ``edits`` changes together; ``client`` knows the address and token."""
    outcome = Outcome()
    with ThreadPoolExecutor(editors) as pool:
        list(pool.map(lambda n: _edit(client, name, f"edit {n}", outcome), range(edits)))
    outcome.history = _history(client, name, len(outcome.acknowledged))
    return outcome


def _edit(client: httpx.Client, name: str, category: str, outcome: Outcome) -> None:
    """Try one change of what is there."""
    address = f"/api/servers/{name}"
    seen = client.get(address).raise_for_status().headers["ETag"]
    answer = client.patch(address, json={"category": category}, headers={"If-Match": seen})
    outcome.answers[answer.status_code] += 1
    if answer.status_code == WON:
        outcome.acknowledged.append(category)


def _history(client: httpx.Client, name: str, changes: int) -> list[tuple[str, str]]:
    """The last ``changes``."""
    address: str | None = f"/api/servers/{name}/history?limit=200"
    events: list[dict[str, Any]] = []
    while address and len(events) < changes:
        page = client.get(address).raise_for_status().json()
        events += page["results"]
        address = page["next"]
    last = reversed(events[:changes])
    return [(it["before"]["category"], it["after"]["category"]) for it in last]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("name", help="a server whose category may be overwritten")
    parser.add_argument("--editors", type=int, default=50)
    parser.add_argument("--edits", type=int, default=1000)
    options = parser.parse_args()
    headers = {"Authorization": f"Bearer {os.environ['ROLLCALL_TOKEN']}"}
    limits = httpx.Limits(max_connections=options.editors)
    with httpx.Client(
        base_url=options.url, headers=headers, limits=limits, timeout=60, trust_env=False
    ) as client:
        began = time.monotonic()
        found = compete(client, options.name, editors=options.editors, edits=options.edits)
    seconds = time.monotonic() - began
    print(f"{dict(found.answers)} in {seconds:.1f} s; in the history: {len(found.history)}")
    print("\n".join(found.faults()) or "No update was lost.")
    return 1 if found.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
