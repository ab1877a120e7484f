"""The whole catalogue as a corpus, and what of it may be found, in names people can compare."""

from types import SimpleNamespace
from typing import cast

import numpy as np

from accounts.services import Principal
from search.corpus import Corpus
from search.visibility import Visible
from servers.models import Server, Tool


def found_in(visible: Visible) -> set[str]:
    """What of the catalogue ``visible`` leaves: ``server``, and ``server#tool``."""
    names = _names()
    corpus = SimpleNamespace(
        servers=np.array([server for server, _ in names], dtype=np.int64),
        tools=np.array([tool for _, tool in names], dtype=np.int64),
    )
    mask = visible.mask(cast(Corpus, corpus))
    return {name for name, found in zip(names.values(), mask, strict=True) if found}


def may_find(principal: Principal) -> set[str]:
    """The same as the rule says, asked of the database anew."""
    fresh = Principal(user=principal.user, scopes=principal.scopes)
    names = _names()
    servers = {(pk, 0) for pk in Server.objects.visible_to(fresh).values_list("pk", flat=True)}
    tools = set(Tool.objects.current().visible_to(fresh).values_list("server", "pk"))
    return {names[row] for row in servers | tools}


def _names() -> dict[tuple[int, int], str]:
    """Every server and tool there is, by their ids."""
    servers = {(pk, 0): name for pk, name in Server.objects.values_list("pk", "name")}
    tools = Tool.objects.values_list("server", "pk", "server__name", "name")
    return servers | {(server, pk): f"{owner}#{name}" for server, pk, owner, name in tools}
