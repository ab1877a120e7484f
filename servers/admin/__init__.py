"""The catalogue in the admin, by topic. Every change goes through the same services as the API's.

Documents and tools are read here, never edited: a document changes by a new version, tools are
what the server lists.
"""

from servers.admin import (
    credentials,
    features,
    findings,
    policies,
    servers,
    sources,
    tags,
    versions,
    webhooks,
)

__all__ = [
    "credentials",
    "features",
    "findings",
    "policies",
    "servers",
    "sources",
    "tags",
    "versions",
    "webhooks",
]
