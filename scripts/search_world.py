"""The catalogue that is there, many times over, as search has indexed it: real texts at any size.

    python -m scripts.search_world 100000

Written in bulk and not through the services: what is measured with it is how search answers, not
how it comes to know the catalogue.
"""

import os
import sys
from collections.abc import Iterator
from copy import copy
from typing import Any

import django
from django.db import models, transaction

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
    django.setup()

from search.models import SearchEntry, ServerIndexing
from servers.models import Server, Tool

ROWS_AT_ONCE = 5_000


def multiply_catalogue(tools: int) -> None:
    """Copy every server with its tools and entries until there are so many tools."""
    servers = list(Server.objects.all())
    with transaction.atomic():
        for number in range(1, -(-tools // Tool.objects.count())):
            _copy_all(servers, number)


def _copy_all(servers: list[Server], number: int) -> None:
    copies = {server.pk: _copy(server, name=f"{server.name}-copy-{number}") for server in servers}
    _write(copies.values())
    tools = {
        tool.pk: _copy(tool, server=copies[tool.server_id])
        for tool in Tool.objects.filter(server__in=copies)
    }
    _write(tools.values())
    _write(
        _copy(
            entry,
            server=copies[entry.server_id],
            tool=tools.get(entry.tool_id),
            name=_name(entry, copies),
        )
        for entry in SearchEntry.objects.filter(server__in=copies)
    )
    _write(
        _copy(row, server=copies[row.server_id])
        for row in ServerIndexing.objects.filter(server__in=copies)
    )


def _name(entry: SearchEntry, copies: dict[int, Server]) -> str:
    return entry.name if entry.tool_id else copies[entry.server_id].name


def _copy(row: Any, **changed: Any) -> Any:
    """The same row once more, not written yet."""
    another = copy(row)
    another._state = copy(row._state)
    another.pk = None
    for name, value in changed.items():
        setattr(another, name, value)
    return another


def _write(rows: Any) -> None:
    rows = list(rows)
    for batch in _batches(rows):
        type(batch[0])._default_manager.bulk_create(batch)


def _batches(rows: list[models.Model]) -> Iterator[list[models.Model]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


if __name__ == "__main__":
    multiply_catalogue(int(sys.argv[1]))
