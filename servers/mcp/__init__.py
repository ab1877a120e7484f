"""A lean MCP client for exactly one purpose: ask a server who it is and what it offers.

It speaks both eras of the protocol and both HTTP transports, through the outbound guard only. It
never calls a tool, gets a prompt or reads a resource, keeps nothing, and touches no database.
"""

from servers.mcp.discovery import Discovery, Endpoint, discover
from servers.mcp.failures import (
    AuthorizationRequired,
    NotMcp,
    ProbeFailure,
    RateLimited,
    Refused,
    ServerError,
    Unreachable,
)
from servers.mcp.listings import Listing
from servers.mcp.messages import Dialect

__all__ = [
    "AuthorizationRequired",
    "Dialect",
    "Discovery",
    "Endpoint",
    "Listing",
    "NotMcp",
    "ProbeFailure",
    "RateLimited",
    "Refused",
    "ServerError",
    "Unreachable",
    "discover",
]
