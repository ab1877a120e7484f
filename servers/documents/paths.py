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
