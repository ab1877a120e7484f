"""What ``manage.py load_demo`` shows: a packed excerpt of a public catalogue, and two live servers.

The excerpt is never connected to: the demonstration needs no internet.
"""

from pathlib import Path
from typing import Any

from servers.documents import SCHEMA_URL

CATALOGUE = Path(__file__).parent / "catalogue.json.gz"
CATEGORY = "Demonstration"


def live_documents(port: int) -> list[dict[str, Any]]:
    """The documents of the servers that ``make demo`` starts on loopback at ``port``."""
    return [
        _document(
            "time",
            "Time",
            "Current time and conversion between time zones; the official reference server.",
            {"type": "streamable-http", "url": f"http://127.0.0.1:{port}/time/mcp"},
        ),
        _document(
            "fetch",
            "Fetch",
            "Fetches web pages as Markdown for a language model; the official reference server.",
            {"type": "sse", "url": f"http://127.0.0.1:{port}/fetch/sse"},
        ),
    ]


def _document(name: str, title: str, description: str, remote: dict[str, str]) -> dict[str, Any]:
    return {
        "$schema": SCHEMA_URL,
        "name": f"org.modelcontextprotocol.demo/{name}",
        "title": title,
        "description": description,
        "version": "1.0.0",
        "websiteUrl": "https://github.com/modelcontextprotocol/servers",
        "remotes": [remote],
    }
