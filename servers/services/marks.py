"""The marks by which people find a server again: its aliases, and each person's stars."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from servers.models import Alias, Server, Star

LONGEST_ALIAS = 50
MOST_ALIASES = 20
_ALIAS = re.compile(r"[a-z0-9][a-z0-9._-]*")


class InvalidAlias(ValueError):
    """Not a word that may stand for a server."""

    def __init__(self, word: str) -> None:
        super().__init__(
            f"{word!r} is not an alias: say up to {LONGEST_ALIAS} of a-z, 0-9, '.', '_' and '-', "
            "the first a letter or a digit."
        )


class AliasTaken(Exception):
    """Another server has this word; which one, is not said, for it may be hidden."""

    def __init__(self, word: str) -> None:
        super().__init__(f"The alias {word!r} is taken.")


def alias(text: str) -> str:
    """``text`` as an alias, in lower case. Raises ``InvalidAlias``."""
    word = text.strip().lower()
    if len(word) > LONGEST_ALIAS or not _ALIAS.fullmatch(word):
        raise InvalidAlias(text)
    return word


def set_aliases(server: Server, words: Iterable[str]) -> bool:
    """Give ``server``, which is saved, exactly these aliases; whether that changed anything.

    For the services of this package. Raises ``InvalidAlias`` and ``AliasTaken``.
    """
    wanted = {alias(word) for word in words}
    present = set(server.aliases.values_list("word", flat=True))
    server.aliases.filter(word__in=present - wanted).delete()
    for word in sorted(wanted - present):
        _add(server, word)
    return wanted != present


def _add(server: Server, word: str) -> None:
    try:
        with transaction.atomic():
            Alias.objects.create(server=server, word=word)
    except IntegrityError as error:
        raise AliasTaken(word) from error


def star(*, server: Server, user: User, now: datetime) -> None:
    """``user`` marks ``server``, once; no change of the server, nor anything to audit."""
    Star.objects.get_or_create(server=server, user=user, defaults={"created_at": now})


def unstar(*, server: Server, user: User) -> None:
    """Take the mark back, if there is one."""
    Star.objects.filter(server=server, user=user).delete()
