"""Schemas that do more than describe arguments: out of bounds, or pointing into the network."""

import re
from collections.abc import Iterator
from typing import Any

from registry_site.lib.canonical_json import canonical_bytes
from registry_site.lib.json_body import nesting_exceeds
from servers.scanning.findings import Finding, Span, finding

LONGEST_TEXT = 10_000  # characters
LARGEST_SCHEMA = 100_000  # bytes
DEEPEST_SCHEMA = 30  # lists and objects within one another
MOST_CHOICES = 1_000
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_NETWORK = re.compile(r"\s{0,9}(?:[a-z][a-z0-9+.-]{1,20}:)?//|\s{0,9}(?:file|data):", re.IGNORECASE)


def long_text(text: str) -> Iterator[Span]:
    """A text in which nobody finds what is wrong with it."""
    if len(text) > LONGEST_TEXT:
        yield Span(LONGEST_TEXT, len(text), f"{len(text):,} characters are more than people read")


def schema_findings(schema: Any, path: str) -> Iterator[Finding]:
    """What is wrong with a schema as a whole or in its parts."""
    size = len(canonical_bytes(schema))
    if size > LARGEST_SCHEMA:
        yield _of_no_text("large-schema", path, f"the schema has {size:,} bytes")
    if nesting_exceeds(schema, DEEPEST_SCHEMA):
        yield _of_no_text("deep-schema", path, f"nested deeper than {DEEPEST_SCHEMA} levels")
    for place, value in _objects(schema, path):
        yield from _reference(value, place)
        choices = value.get("enum")
        if isinstance(choices, list) and len(choices) > MOST_CHOICES:
            message = f"{len(choices):,} choices are more than people read"
            yield _of_no_text("huge-enum", f"{place}.enum", message)


def _of_no_text(rule: str, path: str, message: str) -> Finding:
    """A finding about a value that is no text, which has no span."""
    return finding(rule=rule, path=path, text="", span=Span(0, 0, message))


def _reference(value: dict[str, Any], path: str) -> Iterator[Finding]:
    for field in _REFERENCES:
        target = value.get(field)
        if isinstance(target, str) and _NETWORK.match(target):
            span = Span(0, len(target), "refers to a schema in the network, which can change")
            yield finding(rule="network-reference", path=f"{path}.{field}", text=target, span=span)


def _objects(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object within ``value`` with its path, itself first."""
    waiting = [(path, value)]
    while waiting:
        place, each = waiting.pop()
        if isinstance(each, dict):
            yield place, each
            waiting += [(f"{place}.{key}", item) for key, item in each.items()]
        elif isinstance(each, list):
            waiting += [(f"{place}[{index}]", item) for index, item in enumerate(each)]
