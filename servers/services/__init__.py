"""What can be done with the catalogue, by topic. Every door (API, admin, command, task) comes here.

Nothing here asks who may: the doors do, of ``servers.access``.
"""

from servers.services.health import LONGEST_REASON, record_health_summary
from servers.services.news import announce
from servers.services.servers import (
    LONGEST_CATEGORY,
    ServerChanges,
    ServerExists,
    VersionIsPublished,
    change_server,
    delete_server,
    publish_version,
    register_server,
    registry_facts,
    set_enabled,
    update_server,
)
from servers.services.tags import LONGEST_TAG, tags_named
from servers.services.tools import (
    LONGEST_TOOL_TEXT,
    ListedTool,
    ToolChanges,
    record_tools,
    write_tools,
)

__all__ = [
    "LONGEST_CATEGORY",
    "LONGEST_REASON",
    "LONGEST_TAG",
    "LONGEST_TOOL_TEXT",
    "ListedTool",
    "ServerChanges",
    "ServerExists",
    "ToolChanges",
    "VersionIsPublished",
    "announce",
    "change_server",
    "delete_server",
    "publish_version",
    "record_health_summary",
    "record_tools",
    "register_server",
    "registry_facts",
    "set_enabled",
    "tags_named",
    "update_server",
    "write_tools",
]
