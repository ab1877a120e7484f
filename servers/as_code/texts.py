"""The text of a file as a JSON value with line numbers, and back.

YAML 1.2, core schema, without what JSON has no counterpart for: ``on``, ``no`` and dates are
strings, and anchors, aliases, tags and repeated keys are refused. What is written is read as the
same value by YAML 1.1 as well. A JSON file is read by the JSON parser; only its lines are found as
those of YAML, which JSON is a part of.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from rest_framework.exceptions import ParseError

from registry_site.lib.json_body import DEEPEST_NESTING, load_json
from servers.documents.paths import path_of

LARGEST_FILE = 4 * 1024 * 1024  # bytes; the largest of the official registry's has 40,000
REPEATED_KEY = "stands twice in one object."
_LARGEST_NUMBER = 2**63 - 1  # what JSON parsers agree on
_STEP_AT_THE_END = re.compile(r"(\[[^\[\]]*\]|\.?[^.\[\]]+)$")

Steps = tuple[str | int, ...]


class MalformedText(Exception):
    """The text is no YAML or JSON that we read; says where and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class ParsedText:
    """A value, and the line in which each part of it begins, by its path."""

    value: Any
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, path: str) -> int:
        """The line of ``versions[0].server.name``, or of what is around it where it is absent."""
        while path and path not in self.lines:
            path = _STEP_AT_THE_END.sub("", path, count=1)
        return self.lines.get(path, 1)


def parse_yaml(text: str) -> ParsedText:
    """Raises ``MalformedText``."""
    try:
        return _Builder(yaml.parse(text, Loader=yaml.CSafeLoader)).build()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MalformedText(line, f"is not YAML: {error.problem or error.context}.") from error
    except yaml.reader.ReaderError as error:
        raise MalformedText(1, f"is not YAML: {error.reason}.") from error


def parse_json(text: str) -> ParsedText:
    """Raises ``MalformedText``."""
    try:
        value = load_json(text.encode())
    except ParseError as error:
        raise MalformedText(_line_in(str(error.detail)), str(error.detail)) from error
    try:
        # A tab between the parts of JSON is none that YAML takes; within strings there is none.
        return ParsedText(value, parse_yaml(text.replace("\t", " ")).lines)
    except MalformedText as error:
        if error.args[0] == REPEATED_KEY:
            raise
        return ParsedText(value)


def _line_in(message: str) -> int:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else 1


class _Builder:
    """Makes the value of one document from the events of the parser."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._lines: dict[str, int] = {}

    def build(self) -> ParsedText:
        value: Any = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise MalformedText(_line(event), "holds more than one YAML document.")
                value = self._value(next(self._events), ())
        return ParsedText(value, self._lines)

    def _value(self, event: yaml.Event, steps: Steps) -> Any:
        _refuse_what_json_has_not(event)
        self._lines.setdefault(path_of(steps), _line(event))
        if len(steps) > DEEPEST_NESTING:
            reason = f"is nested deeper than {DEEPEST_NESTING} levels."
            raise MalformedText(_line(event), reason)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(steps)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(steps)
        return _scalar(cast("yaml.ScalarEvent", event))

    def _mapping(self, steps: Steps) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in mapping:
                raise MalformedText(_line(event), REPEATED_KEY)
            self._lines[path_of([*steps, key])] = _line(event)
            mapping[key] = self._value(next(self._events), (*steps, key))
        return mapping

    def _sequence(self, steps: Steps) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*steps, len(items))))
        return items

    def _key(self, event: yaml.Event) -> str:
        _refuse_what_json_has_not(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise MalformedText(_line(event), "A key must be a string.")
        return _text(event)


def _refuse_what_json_has_not(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise MalformedText(_line(event), "Anchors and aliases are not allowed.")
    if getattr(event, "tag", None):
        raise MalformedText(_line(event), "Tags are not allowed.")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _text(event: yaml.ScalarEvent) -> str:
    if "\0" in event.value:
        raise MalformedText(_line(event), "The character U+0000 cannot be stored.")
    return str(event.value)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = _text(event)
    if event.style:  # in quotation marks, or a block
        return text
    for pattern, read in _PLAIN:
        if pattern.fullmatch(text):
            return _finite(read(text), event)
    return text


def _finite(value: Any, event: yaml.ScalarEvent) -> Any:
    """``value``, unless it is a number that JSON cannot carry."""
    if isinstance(value, float) and not math.isfinite(value):
        raise MalformedText(_line(event), f"{event.value} is no number of JSON.")
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        raise MalformedText(_line(event), f"{event.value} is too large a number: quote it.")
    return value


# The plain scalars of the core schema (YAML 1.2.2, 10.3.2); all others are strings.
_PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]{1,400}"), int),
    (re.compile(r"0o[0-7]{1,400}"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]{1,400}"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (
        re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"),
        lambda text: float(text.lower().replace(".", "")),
    ),
)


class _Dumper(yaml.CSafeDumper):
    """Writes every string so that YAML 1.1 and 1.2 read it as one."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if any(pattern.fullmatch(text) for pattern, _ in _PLAIN):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(value: Any) -> str:
    """``value`` as YAML, the same text for the same value always."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=2**20,
    )
