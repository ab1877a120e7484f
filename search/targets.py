"""The server, or the tool of a server, that an address names: visible ones only."""

from dataclasses import dataclass

from accounts.services import Principal
from servers.models import Server, Tool


class NoSuchTarget(Exception):
    """There is none that the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such server or tool.")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server, or one of its tools."""

    server: Server
    tool: Tool | None


def visible_target(*, principal: Principal, server: str, tool: str = "") -> Target:
    """What ``principal`` sees under these names. Raises ``NoSuchTarget``."""
    visible = Server.objects.visible_to(principal).filter(name_key=server.lower())
    found = visible.only("name").first()
    if found is None:
        raise NoSuchTarget
    if not tool:
        return Target(server=found, tool=None)
    tools = Tool.objects.current().open_to(principal).filter(server=found, name=tool)
    shown = tools.only("name").first()
    if shown is None:
        raise NoSuchTarget
    return Target(server=found, tool=shown)
