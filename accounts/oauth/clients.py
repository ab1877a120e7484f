"""Which programs are accepted as clients of the authorization server.

A client is a public one (it keeps no secret), gets a code for a proof key and is redirected to an
address that it registered before. It makes itself known by dynamic registration (RFC 7591), or by
an HTTPS address that is its name and answers with a document about it.
"""

import re
from asyncio import timeout
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from allauth.idp.oidc.internal import cimd
from allauth.idp.oidc.models import Client
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError

from accounts.oauth.scopes import DEFAULT_SCOPES, SCOPES
from registry_site.lib.outbound import OutboundError, outbound_client

GRANT_TYPES = [Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN]
RESPONSE_TYPES = [Client.ResponseType.CODE]
# Of what the library notes beside a client: how it came, and when its document was read.
KEPT = ("dcr", "cimd", "updated_at")
MOST_REDIRECT_URIS = 10
LONGEST_REDIRECT_URI = 500
LARGEST_DOCUMENT = 16 * 1024
# Wall-clock seconds for fetching the document of a client.
DEADLINE = 5
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)
# RFC 8252 lets a program on this machine listen at any port; of names it says nothing.
_LOOPBACK_WITH_PORT = re.compile(r"\A(http://(?:127\.0\.0\.1|\[::1\])):\d{1,5}(?![^/?])")
# A program's own scheme, such as cursor://. A browser runs what follows these ones.
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_SCHEMES_OF_BROWSERS = {"javascript", "data", "blob", "file", "filesystem", "vbscript", "about"}


def restrict(client: Client) -> None:
    """Leave ``client`` what every client may have, whatever it asked for.

    Raises ``ValidationError`` for one that could not work with that.
    """
    if client.type != Client.Type.PUBLIC:
        raise ValidationError("Only public clients: say token_endpoint_auth_method none.")
    if Client.GrantType.AUTHORIZATION_CODE not in client.get_grant_types():
        raise ValidationError("Only authorization codes: say grant_types authorization_code.")
    check_redirect_uris(client.get_redirect_uris())
    client.set_grant_types(GRANT_TYPES)
    client.set_response_types(RESPONSE_TYPES)
    client.set_scopes(list(SCOPES))
    client.set_default_scopes(list(DEFAULT_SCOPES))
    client.data = {name: client.data[name] for name in KEPT if name in client.data}


def check_redirect_uris(uris: list[str]) -> None:
    """Raises ``ValidationError`` unless a browser may safely be sent to each of ``uris``."""
    if len(uris) > MOST_REDIRECT_URIS:
        raise ValidationError(f"At most {MOST_REDIRECT_URIS} redirect_uris.")
    for uri in uris:
        if form_action_for(uri) is None:
            raise ValidationError(
                f"{uri[:100]!r} is not a redirect URI: say https, http to this machine, "
                "or a scheme of the program's own."
            )


def form_action_for(uri: str) -> str | None:
    """Where a form may lead so that it leads to ``uri``: an origin or a scheme.

    In the words of a content security policy; ``None`` for what is no acceptable redirect URI.
    """
    if len(uri) > LONGEST_REDIRECT_URI or not uri.isprintable() or {" ", "*", "#"} & set(uri):
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:" if _is_of_a_program(parts.scheme) else None
    if not _HOST.fullmatch(parts.netloc):
        return None
    if parts.scheme == "http" and _without_port(parts.netloc) not in LOOPBACK:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def is_registered(uri: str, client: Client) -> bool:
    """Whether ``client`` registered exactly ``uri``; on this machine, at whichever port."""
    return _without_loopback_port(uri) in map(_without_loopback_port, client.get_redirect_uris())


def must_be_fetched(client_id: str) -> bool:
    """Whether ``client_id`` is an address whose document is not known, or no longer."""
    if not cimd.is_cimd_url(client_id):
        return False
    known = Client.objects.filter(pk=client_id).first()
    return known is None or cimd.is_outdated(known)


def remember_client(*, client_id: str) -> None:
    """Fetch the document at ``client_id`` and keep the client that it describes.

    Raises ``ValidationError`` for one that is not acceptable; a client that was known stays then.
    """
    try:
        address = cimd.validate_client_id(client_id)
    except ValueError as error:
        raise ValidationError("The client_id is no address.") from error
    client = cimd.validate_metadata(client_id, address, _document_at(client_id))
    restrict(client)
    client._state.adding = not Client.objects.filter(pk=client_id).exists()
    client.save()


def _document_at(url: str) -> Any:
    try:
        return orjson.loads(async_to_sync(_fetch)(url))
    except (OutboundError, TimeoutError, orjson.JSONDecodeError) as error:
        raise ValidationError(f"The client's document cannot be read: {error}") from error


async def _fetch(url: str) -> bytes:
    async with timeout(DEADLINE), outbound_client(largest_response=LARGEST_DOCUMENT) as client:
        response = await client.get(url, headers={"Accept": "application/json"})
    if response.status_code != HTTPStatus.OK:
        raise ValidationError(f"The client's document answered {response.status_code}.")
    return response.content


def _is_of_a_program(scheme: str) -> bool:
    return bool(_PRIVATE_SCHEME.fullmatch(scheme)) and scheme not in _SCHEMES_OF_BROWSERS


def _without_loopback_port(uri: str) -> str:
    return _LOOPBACK_WITH_PORT.sub(r"\1", uri)


def _without_port(netloc: str) -> str:
    return re.sub(r":\d+$", "", netloc)
