"""What differs between two JSON values, field by field, as people read it.

For documents under review, tools that drift and files that are applied. Paths are written as in
the errors of documents, ``remotes[0].url``. Keys are compared in alphabetical order, because a
database may return an object in another order than it was given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry_site.lib.canonical_json import canonical_bytes

# By these the objects of a list are known, the first that all of them have: of MCP servers,
# headers, variables and tools have a name, packages an identifier.
NATURAL_KEYS = ("name", "identifier")
_PLAIN_KEY = re.compile(r"[^.\[\]\"\s]+")
_ABSENT = object()


class Change(StrEnum):
    """What happened to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that differs. What was added has no ``before``, what was removed no ``after``."""

    path: str
    change: Change
    before: Any = None
    after: Any = None


def diff(before: Any, after: Any) -> list[Difference]:
    """Every difference, in the order of the paths; nothing for equal values.

    What stands on one side only is one difference with all that is in it, and so is a list of
    plain values.
    """
    return list(_differences(before, after))


def in_words(difference: Difference, *, longest: int | None = None) -> str:
    """A difference in one line, of each value the JSON, or its first ``longest`` characters."""
    where = difference.path or "all of it"
    before, after = (_brief(each, longest) for each in (difference.before, difference.after))
    match difference.change:
        case Change.ADDED:
            return f"{where}: + {after}"
        case Change.REMOVED:
            return f"{where}: - {before}"
        case Change.CHANGED:
            return f"{where}: {before} -> {after}"


def _brief(value: Any, longest: int | None) -> str:
    text = canonical_bytes(value).decode()
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"


def _differences(before: Any, after: Any) -> Iterator[Difference]:
    waiting = [("", before, after)]
    while waiting:
        path, old, new = waiting.pop()
        inside = _inside(path, old, new)
        if inside is not None:
            waiting += reversed(inside)
        elif _differ(old, new):
            yield _difference(path.removeprefix("."), old, new)


def _inside(path: str, old: Any, new: Any) -> list[tuple[str, Any, Any]] | None:
    """The parts that two values are compared by; ``None`` where they are compared as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            (path + _step(key), old.get(key, _ABSENT), new.get(key, _ABSENT))
            for key in sorted(old.keys() | new.keys())
        ]
    if _is_of_objects(old) and _is_of_objects(new):
        return [(f"{path}[{key}]", *pair) for key, pair in _paired(old, new).items()]
    return None


def _is_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _paired(old: list[Any], new: list[Any]) -> dict[str, tuple[Any, Any]]:
    """The objects of two lists beside one another: by their natural key, or else their place."""
    for key in NATURAL_KEYS:
        olds, news = _by_key(old, key), _by_key(new, key)
        if olds is not None and news is not None and _in_one_order(olds, news):
            return _beside(olds, news)
    return _beside(_by_place(old), _by_place(new))


def _by_key(items: list[Any], key: str) -> dict[str, Any] | None:
    """The objects by what ``key`` says of them; ``None`` where it does not tell them apart."""
    found = {f"{key}={item[key]}": item for item in items if isinstance(item.get(key), str)}
    return found if len(found) == len(items) else None


def _by_place(items: list[Any]) -> dict[str, Any]:
    return {str(place): item for place, item in enumerate(items)}


def _in_one_order(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether what both have comes in the same order: a mere exchange would not be seen."""
    return [key for key in olds if key in news] == [key for key in news if key in olds]


def _beside(olds: dict[str, Any], news: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = [*olds, *(key for key in news if key not in olds)]
    return {key: (olds.get(key, _ABSENT), news.get(key, _ABSENT)) for key in keys}


def _step(key: str) -> str:
    """One key in a path; in quotation marks, where it would look like more than one."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{canonical_bytes(key).decode()}]"


def _differ(old: Any, new: Any) -> bool:
    """By the canonical form: in Python, 1 and true are equal."""
    if old is _ABSENT or new is _ABSENT:
        return True
    return canonical_bytes(old) != canonical_bytes(new)


def _difference(path: str, old: Any, new: Any) -> Difference:
    if old is _ABSENT:
        return Difference(path=path, change=Change.ADDED, after=new)
    if new is _ABSENT:
        return Difference(path=path, change=Change.REMOVED, before=old)
    return Difference(path=path, change=Change.CHANGED, before=old, after=new)
