"""Names of tools and prompts that are taken for others, or that no client can call."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from servers.documents.characters import named
from servers.documents.names import look_alike_key, looks_like, skeleton
from servers.scanning.findings import Span

_UNCALLABLE = re.compile(r"[\s\"'`<>{}\\;|&]+")


def foreign_letters(name: str) -> Iterator[Span]:
    """Letters of other scripts among ASCII ones that they look like."""
    if name.isascii() or not re.search("[a-zA-Z]", name):
        return
    for offset, character in enumerate(name):
        if plain := looks_like(character):
            yield Span(offset, offset + 1, f"{named(character)} looks like {plain!r}")


def uncallable(name: str) -> Iterator[Span]:
    """Spaces, quotes and the like: the specification has letters, digits, '_', '-', '.' and '/'."""
    if match := _UNCALLABLE.search(name):
        yield Span(*match.span(), f"{match.group()!r} stands in no name that clients accept")


def look_alikes(names: Iterable[str]) -> list[str]:
    """The names of one server that look like another one of it."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        alike[look_alike_key(skeleton(name))].append(name)
    return [name for group in alike.values() if len(group) > 1 for name in group]
