"""What is to be used instead of a server."""

from servers.models import Server


class InvalidSuccessor(Exception):
    """The server cannot come after the other one; says why."""


def check_successor(server: Server, successor: Server | None) -> None:
    """Raises ``InvalidSuccessor`` where following successors would lead in a circle of two."""
    if successor is None:
        return
    if successor.pk == server.pk:
        raise InvalidSuccessor("Nothing is its own successor.")
    if successor.successor_id == server.pk:
        raise InvalidSuccessor(f"{server.name} is the successor of {successor.name} already.")
