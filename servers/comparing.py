"""What a version changes, for those who review it."""

from registry_site.lib.json_diff import Difference, diff
from servers.models import Server, ServerVersion


def approved_latest(server: Server) -> ServerVersion | None:
    """What stands in the catalogue for ``server``; ``None`` before the first approval."""
    return server.latest_version if server.published else None


def compare(version: ServerVersion, against: ServerVersion | None) -> list[Difference]:
    """What ``version`` changes; all that it says, where there is nothing to change."""
    return diff(against.document if against else {}, version.document)


def what_changes(version: ServerVersion) -> list[Difference]:
    """What ``version`` changes in what stands in the catalogue."""
    return compare(version, approved_latest(version.server))
