"""Pack the demonstration's excerpt of a tool catalogue: `make_demo_catalogue.py CATALOGUE.json`.

Varied and well described: the categories take turns, in each the best described servers first.
The same input gives the same bytes.
"""

import gzip
import json
import sys
from collections import defaultdict
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "servers" / "demo" / "catalogue.json.gz"
SERVERS = 300
MOST_TOOLS = 30
LARGEST = 400 * 1024  # bytes

Entry = dict[str, Any]


def is_well_described(entry: Entry) -> bool:
    """Whether a reader learns what the server and each of its tools does."""
    tools = entry["tools"]
    described = all(len(tool["description"] or "") >= 20 for tool in tools)
    return 2 <= len(tools) <= MOST_TOOLS and described and len(entry["description"]) >= 60


def choose(entries: list[Entry]) -> list[Entry]:
    by_label: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry["id"]):
        by_label[entry["primary_label"]].append(entry)
    for label in by_label.values():
        label.sort(key=is_well_described, reverse=True)
    rounds = zip_longest(*(by_label[label] for label in sorted(by_label)))
    in_turn = [entry for entry in chain.from_iterable(rounds) if entry is not None]
    return [entry for entry in in_turn if is_well_described(entry)][:SERVERS]


def main(source: Path) -> None:
    chosen = choose(json.loads(source.read_text(encoding="utf-8")))
    text = json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    if len(packed) > LARGEST:
        sys.exit(f"{len(packed)} bytes are more than {LARGEST}.")
    TARGET.write_bytes(packed)
    tools = sum(len(entry["tools"]) for entry in chosen)
    labels = len({entry["primary_label"] for entry in chosen})
    print(f"{len(chosen)} servers, {tools} tools, {labels} categories, {len(packed)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
