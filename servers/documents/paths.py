"""Finding one's way in a document that may not have the shape it should have."""

from collections.abc import Iterable, Iterator
from typing import Any


def path_of(steps: Iterable[str | int]) -> str:
    """``["remotes", 0, "url"]`` as ``remotes[0].url``."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.removeprefix(".")


def objects_in(parent: dict[str, Any], field: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The numbered objects of a list field; nothing where it is absent or no list."""
    items = parent.get(field)
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield index, item


def texts_in(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a JSON value with its path, keys too; in the order in which they stand."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str):
            yield path.removeprefix("."), each
        elif isinstance(each, list):
            waiting += [(f"{path}[{index}]", item) for index, item in enumerate(each)][::-1]
        elif isinstance(each, dict):
            for key, item in reversed(each.items()):
                waiting += [(f"{path}.{key}", item), (f"{path}.{key}", key)]
