"""Which web pages may ask the MCP endpoint.

Programs send no ``Origin``. A browser does, and by it a page of a stranger is told apart whose
name was made to lead to this machine (DNS rebinding; MCP specification, Streamable HTTP).
"""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

EVERY_HOST = "*"


def is_ours(origin: str) -> bool:
    """Whether a page of ``origin`` belongs to this registry or is trusted by its operator."""
    try:
        asking = urlsplit(origin)
    except ValueError:
        return False
    if asking.scheme not in ("http", "https"):
        return False
    return _is_of_our_hosts(asking) or any(
        _is_within(asking, urlsplit(trusted))
        for trusted in (settings.ROLLCALL_URL, *settings.CSRF_TRUSTED_ORIGINS)
    )


def _is_of_our_hosts(asking: SplitResult) -> bool:
    """At any port. A registry that answers to every name still does not trust every page."""
    hosts = [host for host in settings.ALLOWED_HOSTS if host != EVERY_HOST]
    domain, _ = split_domain_port(asking.netloc)
    return bool(domain) and validate_host(domain, hosts)


def _is_within(asking: SplitResult, trusted: SplitResult) -> bool:
    """``trusted`` may be a pattern: ``https://*.example.org``."""
    return asking.scheme == trusted.scheme and is_same_domain(
        asking.netloc, trusted.netloc.removeprefix("*")
    )
