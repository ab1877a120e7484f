"""The rules of the remotes of a document: addresses that can be reached, variables declared."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from registry_site.lib.outbound import Allowlist, OutboundRefused, check_url
from servers.documents import messages
from servers.documents.errors import DocumentError
from servers.documents.links import split_url
from servers.documents.paths import objects_in, path_of

# In a URL every brace belongs to a variable.
_URL_VARIABLE = re.compile(r"\{([^{}]*)\}")


def remote_errors(document: dict[str, Any]) -> Iterator[DocumentError]:
    """What is wrong with the addresses of the remotes."""
    for index, remote in objects_in(document, "remotes"):
        path = path_of(["remotes", index, "url"])
        declared = remote.get("variables", {})
        for name in dict.fromkeys(_URL_VARIABLE.findall(remote["url"])):
            if name not in declared:
                place = f"remotes[{index}].variables"
                message = messages.UNDECLARED.format(variable=name, place=place)
                yield DocumentError(path, "variable", message)
        yield from _url_errors(remote["url"], path)


def _url_errors(url: str, path: str) -> Iterator[DocumentError]:
    """What no probe could ever reach is refused now; a template is judged when it is filled in."""
    parts = split_url(_URL_VARIABLE.sub("0", url))
    if parts is None:
        yield DocumentError(path, "url", messages.HTTP_URL_WITH_HOST)
        return
    if _URL_VARIABLE.search(url):
        return
    try:
        check_url(url)
    except OutboundRefused as refused:
        yield DocumentError(path, "outbound", messages.REFUSED_ADDRESS.format(reason=refused))
        return
    if parts.scheme == "http" and not is_allowed_by_the_operator(url, str(parts.hostname)):
        yield DocumentError(path, "https", messages.PLAIN_HTTP)


def is_allowed_by_the_operator(url: str, host: str) -> bool:
    """Whether ``url``, which may be reached, is so because the operator says so."""
    try:
        check_url(url, allow=())
    except OutboundRefused:
        return True
    return Allowlist.parse(settings.OUTBOUND_ALLOW).names_host(host)
