"""Which resources of this registry a token can be for (RFC 8707, RFC 9728).

The registry is one resource, its REST API and its MCP endpoint are resources within it. A token
for one of these opens only that, a token for the whole opens both.
"""

from django.conf import settings

METADATA = "/.well-known/oauth-protected-resource"
# The parts that are resources of their own, each with its document.
PARTS = ("/mcp", "/api")
NOT_OURS = "The resource is not one of this registry."


def resource_at(part: str = "") -> str:
    return f"{settings.ROLLCALL_URL}{part}"


def is_ours(resource: str) -> bool:
    """Whether ``resource`` is the registry or within it."""
    return resource.rstrip("/") == resource_at() or resource.startswith(f"{resource_at()}/")


def covers(resource: str, path: str) -> bool:
    """Whether a token for ``resource`` is meant for what answers at ``path``."""
    base = resource.rstrip("/")
    address = resource_at(path)
    return address == base or address.startswith(f"{base}/")


def resources_covering(path: str) -> list[str]:
    """The resources that ``path`` belongs to."""
    return [resource_at(part) for part in ("", *PARTS) if covers(resource_at(part), path)]


def challenge(part: str) -> str:
    """What ``WWW-Authenticate`` says to a client without a token that holds."""
    return f'Bearer resource_metadata="{resource_at(METADATA)}{part}"'
