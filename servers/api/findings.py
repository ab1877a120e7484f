"""What the description scan warns of in one server, for those who see what it warns of.

Whoever reviews the server sees all of it; others see nothing of what is held back from them, and
with grants for some tools only what is in these.
"""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.services import Principal
from servers.api.permissions import GuardedServerViewSet
from servers.models import FeatureKind, Finding, Server
from servers.scanning.recording import DOCUMENT, OBSERVED


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """A warning: where, which characters, by which rule, in words."""

    class Meta:
        model = Finding
        fields = [
            "kind",
            "name",
            "path",
            "rule",
            "start",
            "end",
            "excerpt",
            "message",
            "found_at",
        ]
        read_only_fields = fields


class FindingViewSet(GuardedServerViewSet):
    """The findings of a server."""

    required: ClassVar[Mapping[str, Action]] = {"list": Action.VIEW}

    @extend_schema(
        summary="What the description scan warns of",
        operation_id="server_findings_list",
        responses=FindingSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """By kind, name and place. Findings warn; no text is refused for one."""
        return self.paged(_seen_by(self.principal, self.get_object()), FindingSerializer)


def _seen_by(principal: Principal, server: Server) -> QuerySet[Finding]:
    findings = server.findings.order_by("kind", "name", "path", "start", "pk")
    this = Server.objects.filter(pk=server.pk)
    if this.allowed_to(principal, Action.REVIEW, whole_servers=True).exists():
        return findings
    tools = server.tools.current().open_to(principal)
    shown = Q(kind=DOCUMENT) | Q(kind=FeatureKind.TOOL, name__in=tools.values("name"))
    for kind, features in (
        (FeatureKind.PROMPT, server.prompts),
        (FeatureKind.RESOURCE, server.resources),
    ):
        visible = features.current().visible_to(principal)
        shown |= Q(kind=kind, name__in=visible.values("name"))
    return findings.filter(shown).exclude(path__startswith=OBSERVED)
