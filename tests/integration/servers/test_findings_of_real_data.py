"""What the description scan says of tools that exist: next to nothing, and that is right."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from servers import demo
from servers.scanning import scan_definition, scan_names

CATALOGUE = Path(__file__).parents[4] / "shared/data/catalogue/servers_870_tools_6044.json"


def flagged(servers: list[dict[str, Any]]) -> Counter[str]:
    """How many tools of a catalogue each rule warns of."""
    found: Counter[str] = Counter()
    for server in servers:
        tools = [tool | {"inputSchema": tool.get("input_schema")} for tool in server["tools"]]
        found.update(
            finding.rule for finding in scan_names(tool["name"] for tool in tools).values()
        )
        for tool in tools:
            found.update({finding.rule for finding in scan_definition(tool)})
    return found


def test_the_packaged_catalogue_is_as_good_as_clean() -> None:
    """Three tools speak to the model ("ALWAYS USE THIS TOOL FIRST"), sixteen names have spaces."""
    entries = json.loads(gzip.decompress(demo.CATALOGUE.read_bytes()))

    assert flagged(entries) == {"priority": 3, "uncallable-name": 16}


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue of 6,044 tools is not here")
def test_of_six_thousand_real_tools_twenty_are_warned_of() -> None:
    assert flagged(json.loads(CATALOGUE.read_bytes())) == {"priority": 3, "uncallable-name": 17}
