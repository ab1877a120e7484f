"""Names and addresses belong to one server: what a person registers must not be mistaken for
another's."""

from typing import Any

from servers.documents import look_alike_key, remote_urls
from servers.models import RemoteUrl, Server


class ServerExists(Exception):
    """A server of this name, or of one that differs only in case, is registered already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A server named {name!r} is already registered.")


class LooksLike(Exception):
    """The name would be read as that of ``other``."""

    def __init__(self, name: str, other: Server) -> None:
        super().__init__(f"{name!r} looks like a name that is taken.")
        self.other = other


class UrlTaken(Exception):
    """A remote of the document belongs to ``other``."""

    def __init__(self, url: str, other: Server) -> None:
        super().__init__(f"{url} belongs to another server: an address has one name.")
        self.url = url
        self.other = other


def refuse_taken_name(name: str) -> None:
    """Raises ``ServerExists`` and ``LooksLike``. A deleted server keeps its name until purged."""
    if Server.objects.filter(name_key=name.lower()).exists():
        raise ServerExists(name)
    alike = Server.objects.filter(look_alike_key=look_alike_key(name)).first()
    if alike is not None:
        raise LooksLike(name, alike)


def refuse_taken_urls(document: dict[str, Any], *, name: str) -> None:
    """Raises ``UrlTaken`` where another server that is not deleted names one of the addresses."""
    taken = RemoteUrl.objects.filter(
        url__in=remote_urls(document), server__deleted_at__isnull=True
    ).exclude(server__name_key=name.lower())
    other = taken.select_related("server").first()
    if other is not None:
        raise UrlTaken(other.url, other.server)
