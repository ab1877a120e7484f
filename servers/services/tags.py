"""Tags, made when they are first given to a server."""

from collections.abc import Iterable

from servers.models import Server, Tag

# Characters of a tag, which the doors to the services check.
LONGEST_TAG = 50
# Of one server.
MOST_TAGS = 50


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, made where they do not exist; in lower case, without repeats."""
    wanted = in_lower_case(names)
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(wanted)], ignore_conflicts=True)
    return list(Tag.objects.filter(name__in=wanted))


def in_lower_case(names: Iterable[str]) -> set[str]:
    """The words as tags are written; empty ones are none."""
    return {name for each in names if (name := each.strip().lower())}


def set_tags(server: Server, names: Iterable[str]) -> bool:
    """Give ``server`` exactly these tags; whether that changed anything."""
    wanted = tags_named(names)
    changed = set(wanted) != set(server.tags.all())
    if changed:
        server.tags.set(wanted)
    return changed
