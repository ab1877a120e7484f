"""What a change is based on: ``ETag`` and ``If-Match`` (RFC 9110).

The entity tag of a server is its edition, which grows with every change a person can make. It says
nothing of what programs note beside that (health, tools), so ``If-None-Match`` is not answered.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError

from accounts.models import AuditEvent
from accounts.services import Principal
from servers.models import Server
from servers.services import StaleWrite, edition_of

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_IF_MATCH = re.compile(rf"\*|{_TAG}(?:\s*,\s*{_TAG})*")
# Weak tags never match (RFC 9110, section 13.1.1).
_STRONG = re.compile(r'(W/)?"([^"]*)"')
_EDITION = re.compile(r"[1-9][0-9]{0,18}")


class PreconditionFailed(APIException):
    """What is there is not what the caller has seen."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_code = "precondition_failed"

    def __init__(self, detail: str, changes: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail)
        self.members = {"changes": changes or []}


class EditSerializer(serializers.Serializer[AuditEvent]):
    """One change of a server: who made it, and what it was before and after."""

    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="The username; empty for a command.")
    action = serializers.CharField(help_text="For instance server.update.")
    edition = serializers.SerializerMethodField(help_text="Of the server after it; 0: unchanged.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    detail = serializers.CharField()

    def get_edition(self, event: AuditEvent) -> int:
        return edition_of(event)


def edits_of(events: Iterable[AuditEvent], *, principal: Principal) -> list[dict[str, Any]]:
    """``events`` as ``principal`` may read them: a successor that it does not see has no name."""
    edits = [dict(EditSerializer(event).data) for event in events]
    sides = [side for edit in edits for side in (edit["before"], edit["after"])]
    visible = _visible({name for name in map(_successor_in, sides) if name}, principal)
    for edit in edits:
        for side in ("before", "after"):
            if _successor_in(edit[side]) not in {"", *visible}:
                edit[side] = edit[side] | {"successor": None}
    return edits


def _successor_in(facts: dict[str, Any] | None) -> str:
    return str((facts or {}).get("successor") or "").lower()


def _visible(names: set[str], principal: Principal) -> set[str]:
    if not names:
        return names
    seen = Server.objects.visible_to(principal).filter(name_key__in=names)
    return set(seen.order_by().values_list("name_key", flat=True))


def etag_of(server: Server) -> str:
    """The entity tag of ``server`` as it is."""
    return f'"{server.edition}"'


def tags_in(if_match: str) -> set[str]:
    """The strong tags of an ``If-Match``. Raises ``ParseError`` for what is none."""
    if not _IF_MATCH.fullmatch(if_match.strip()):
        raise ParseError('Malformed If-Match: say "7", a list of such tags, or *.')
    return {tag for weak, tag in _STRONG.findall(if_match) if not weak}


def expected_tag(if_match: str | None, present: str) -> str | None:
    """The tag that a change is based on: the ``present`` one, if it is among several.

    ``None`` where the caller does not say. Raises ``ParseError``.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = tags_in(if_match)
    return present if present in tags else max(tags, default="")


def expected_edition(if_match: str | None, server: Server) -> int | None:
    """The same of a server; 0, which no server has, for a tag that never was its."""
    tag = expected_tag(if_match, str(server.edition))
    if tag is None:
        return None
    return int(tag) if _EDITION.fullmatch(tag) else 0


def refusal_of(stale: StaleWrite, *, told_to: Principal | None) -> PreconditionFailed:
    """412, which tells somebody what was changed since, and by whom."""
    changes = edits_of(stale.changes, principal=told_to) if told_to else []
    return PreconditionFailed(str(stale), changes)
