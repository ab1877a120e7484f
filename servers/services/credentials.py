"""What the registry shows to servers that ask for credentials: written once, read by probes alone.

A credential belongs to the origin at which its server answered when it was set. Should the server
move, it is not sent before somebody sets it again: whoever edits a document cannot have it sent
elsewhere.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.encryption import Undecipherable, decrypt, encrypt
from accounts.models import User
from registry_site.lib.outbound import NO_CREDENTIALS, Credentials, OutboundRefused, origin_of
from servers.models import Server, UpstreamCredential
from servers.services.changing import lock, settle_change
from servers.signals import probes_wanted

PURPOSE = "servers.upstream-credential"
LONGEST_HEADER = 100
LONGEST_VALUE = 8 * 1024
MOST_CREDENTIALS = 20

# RFC 9110: a token, and what may stand in a field of visible characters and spaces between them.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
# What says how a message is to be read or where it goes, what the protocol says itself, and
# cookies, which the server gives and a probe keeps for its own time.
_OURS = re.compile(
    r"accept(?:-.*)?|connection|content-.*|cookie2?|date|expect|forwarded|host|http2-settings"
    r"|keep-alive|last-event-id|mcp-.*|origin|proxy-.*|referer|sec-.*|set-cookie2?|trailer"
    r"|t[e]|transfer-encoding|upgrade|user-agent|via|x-forwarded-.*",
    re.IGNORECASE,
)

MOVED = "Its credentials were set for another address and were not sent."
UNDECIPHERABLE = (
    "Its credentials cannot be deciphered any more and were not sent: they have to be set again."
)


class InvalidCredential(ValueError):
    """Not something to send as a header; says what is wrong, and never the value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Sendable:
    """What a probe of one server sends along, and what is to be said of what it cannot send."""

    credentials: Credentials = NO_CREDENTIALS
    remark: str = ""


@transaction.atomic
def set_credential(
    *,
    server: Server,
    header: str,
    value: str,
    by: User | None,
    now: datetime,
    expected: int | None = None,
) -> UpstreamCredential:
    """Send ``header`` with ``value`` to ``server`` from now on, instead of what it was.

    Raises ``InvalidCredential`` and ``StaleWrite``.
    """
    lock(server, expected)
    check_credential(server=server, header=header, value=value)
    origin = origin_of(server.endpoint_url)
    credential, _ = server.credentials.update_or_create(
        header__iexact=header,
        defaults={
            "header": header,
            "value": encrypt(value, purpose=PURPOSE),
            "origin": origin,
            "set_by": by,
            "set_at": now,
        },
    )
    after = {"header": header, "origin": origin}
    settle_change(server, action="server.credential_set", after=after, now=now)
    _have_it_probed(server)
    return credential


def check_credential(*, server: Server, header: str, value: str) -> None:
    """Raises ``InvalidCredential`` for what cannot be sent to ``server``."""
    _check_header(header)
    _check_value(value)
    _check_address(server)
    others = server.credentials.exclude(header__iexact=header)
    if others.count() >= MOST_CREDENTIALS:
        raise InvalidCredential("header", f"A server has {MOST_CREDENTIALS} credentials at most.")


@transaction.atomic
def delete_credential(
    *, credential: UpstreamCredential, now: datetime, expected: int | None = None
) -> None:
    """Send the header no more. Raises ``StaleWrite``."""
    lock(credential.server, expected, also_deleted=True)
    before = {"header": credential.header, "origin": credential.origin}
    credential.delete()
    settle_change(credential.server, action="server.credential_delete", before=before, now=now)
    _have_it_probed(credential.server)


def sendable_credentials(servers: Sequence[Server]) -> dict[int, Sendable]:
    """What may be sent to each of ``servers`` where it answers now."""
    by_server: dict[int, list[UpstreamCredential]] = defaultdict(list)
    for credential in UpstreamCredential.objects.filter(server__in=servers):
        by_server[credential.server_id].append(credential)
    return {server.pk: _sendable(server, by_server[server.pk]) for server in servers}


def _have_it_probed(server: Server) -> None:
    """Once committed; a failing listener stops nobody."""
    ids = [server.pk]
    transaction.on_commit(
        lambda: probes_wanted.send_robust(sender=Server, server_ids=ids), robust=True
    )


def _sendable(server: Server, stored: Sequence[UpstreamCredential]) -> Sendable:
    if not stored:
        return Sendable()
    try:
        origin = origin_of(server.endpoint_url)
        headers = {
            each.header: decrypt(each.value, purpose=PURPOSE)
            for each in stored
            if each.origin == origin
        }
    except OutboundRefused:
        return Sendable(remark=MOVED)
    except Undecipherable:
        return Sendable(remark=UNDECIPHERABLE)
    return Sendable(
        credentials=Credentials(origin=origin, headers=headers),
        remark=MOVED if len(headers) < len(stored) else "",
    )


def _check_header(header: str) -> None:
    """Raises ``InvalidCredential``."""
    if not _NAME.fullmatch(header) or len(header) > LONGEST_HEADER:
        raise InvalidCredential(
            "header", f"Not the name of a header: letters, digits and -, {LONGEST_HEADER} at most."
        )
    if _OURS.fullmatch(header):
        raise InvalidCredential("header", f"{header} is a header that a check sets by itself.")


def _check_value(value: str) -> None:
    """Raises ``InvalidCredential``."""
    if not _VALUE.fullmatch(value):
        raise InvalidCredential(
            "value", "Visible ASCII characters only, with no space at the beginning or the end."
        )
    if len(value) > LONGEST_VALUE:
        raise InvalidCredential("value", f"At most {LONGEST_VALUE:,} characters.")


def _check_address(server: Server) -> None:
    """Raises ``InvalidCredential`` where there is nowhere to send anything."""
    if server.deleted_at is not None:
        raise InvalidCredential("server", f"{server.name} is deleted.")
    try:
        origin_of(server.endpoint_url)
    except OutboundRefused as error:
        raise InvalidCredential("server", f"{server.name} has no address to send it to.") from error
