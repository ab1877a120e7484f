"""Tells whoever follows the catalogue that it has changed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from servers.models import Server
from servers.signals import catalogue_changed

# The servers to tell of at the end of the block that gathers them.
_gathered: ContextVar[dict[int, None] | None] = ContextVar("gathered", default=None)


@contextmanager
def announced_together() -> Iterator[None]:
    """Within the block, which is in a transaction, all changes are told of as one, at its end."""
    gathered: dict[int, None] = {}
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    if gathered:
        announce(list(gathered))


def announce(server_ids: Sequence[int]) -> None:
    """Tell whoever listens, once the transaction is committed; a failing listener stops nobody."""
    gathered = _gathered.get()
    if gathered is not None:
        gathered |= dict.fromkeys(server_ids)
        return
    transaction.on_commit(
        lambda: catalogue_changed.send_robust(sender=Server, server_ids=list(server_ids)),
        robust=True,
    )
