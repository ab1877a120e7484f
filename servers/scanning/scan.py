"""The scan itself: every rule over every text of a definition or a document.

Pure functions: nothing here reads the database or follows a reference. A finding is a warning; it
refuses nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from servers.documents.paths import texts_in
from servers.scanning.findings import Finding, Span, finding
from servers.scanning.hidden import encoded_text, hidden_characters, terminal_escapes
from servers.scanning.instructions import instructions_in
from servers.scanning.names import foreign_letters, look_alikes, uncallable
from servers.scanning.schemas import long_text, schema_findings

# A definition in which every second word is a finding is told of well enough by these.
MOST_FINDINGS = 50

_TEXT_RULES: tuple[tuple[str, Callable[[str], Iterator[Span]]], ...] = (
    ("hidden-characters", hidden_characters),
    ("terminal-escape", terminal_escapes),
    ("encoded-text", encoded_text),
    ("long-text", long_text),
)
_NAME_RULES: tuple[tuple[str, Callable[[str], Iterator[Span]]], ...] = (
    ("foreign-letters", foreign_letters),
    ("uncallable-name", uncallable),
)
_LOOKS_LIKE = "looks like the name of another tool of this server"
_SCHEMAS = ("inputSchema", "outputSchema")


def scan_texts(value: Any) -> list[Finding]:
    """What the rules for texts see in a JSON value, such as a document."""
    return _bounded(_in_texts(value))


def scan_definition(definition: dict[str, Any], *, callable_name: bool = True) -> list[Finding]:
    """What the rules see in a tool, prompt or resource as a server listed it.

    The name of a resource is for people to read: it is not ``callable_name``.
    """
    return _bounded(_in_definition(definition, callable_name=callable_name))


def scan_names(names: Iterable[str]) -> dict[str, Finding]:
    """The names of the tools of one server that look like each other's, with the finding.

    It does not say which other: not everybody who sees the one tool sees the other.
    """
    return {
        name: finding(
            rule="look-alike-name", path="name", text=name, span=Span(0, len(name), _LOOKS_LIKE)
        )
        for name in look_alikes(names)
    }


def _bounded(found: Iterator[Finding]) -> list[Finding]:
    """The first findings, each once: texts that contain one another are found by several rules."""
    kept: dict[Finding, None] = {}
    for each in found:
        kept[each] = None
        if len(kept) == MOST_FINDINGS:
            break
    return list(kept)


def _in_definition(definition: dict[str, Any], *, callable_name: bool) -> Iterator[Finding]:
    name = definition.get("name")
    if callable_name and isinstance(name, str):
        for rule, look in _NAME_RULES:
            yield from _findings(rule, "name", name, look(name))
    yield from _in_texts(definition)
    for field in _SCHEMAS:
        yield from schema_findings(definition.get(field), field)


def _in_texts(value: Any) -> Iterator[Finding]:
    for path, text in texts_in(value):
        for rule, look in _TEXT_RULES:
            yield from _findings(rule, path, text, look(text))
        for rule, span in instructions_in(text):
            yield finding(rule=rule, path=path, text=text, span=span)


def _findings(rule: str, path: str, text: str, spans: Iterator[Span]) -> Iterator[Finding]:
    for span in spans:
        yield finding(rule=rule, path=path, text=text, span=span)
