"""Who is acting right now, for the audit trail.

The web sets it for a request, ``manage.py`` for a command; whatever runs by itself is the system.
It says who did something, never who may: permissions are asked of a ``Principal``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, by what means and from where."""

    username: str = ""
    user_id: int | None = None
    via: str = "system"
    address: str | None = None


# A function, because a request knows its user only after its view has authenticated it.
_current: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=Actor)


def current_actor() -> Actor:
    return _current.get()()


@contextmanager
def acting(actor: Callable[[], Actor]) -> Iterator[None]:
    """Within the block, what is done was done by whom ``actor`` says at that moment."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
