"""The endpoints of the official registry API.

Every one authenticates by ``Authorization: Bearer`` alone, so that no page of another origin acts
with the session of a person. What the caller may not see is absent (404).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema_view
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import Action
from accounts.api.authentication import BearerAuthentication
from accounts.api.permissions import ReadAllowed
from accounts.oauth.resources import challenge
from accounts.services import principal_of
from servers import services
from servers.api.lifecycle import may_delete
from servers.api.permissions import GuardedServerViewSet, Required
from servers.models import Server, ServerVersion, Status
from servers.querysets import ServerVersionQuerySet
from servers.registry_api import openapi
from servers.registry_api.entries import entries_of, entry_of
from servers.registry_api.errors import exception_handler, official_refusals
from servers.registry_api.listing import Listing, listed_servers, listed_versions
from servers.registry_api.parameters import (
    ListParameters,
    StatusChange,
    VersionsParameters,
    query_of,
)
from servers.registry_api.publishing import publish


class OfficialView(APIView):
    """What every endpoint of the official API has in common."""

    authentication_classes = [BearerAuthentication]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # The audit trail's word for the server that a request is about.
        request._request.asked_server = kwargs.get("serverName", "")  # type: ignore[attr-defined]
        super().initial(request, *args, **kwargs)

    def get_authenticate_header(self, request: Request) -> str:
        """A token for the whole registry; those for a part of it are not for this API."""
        return challenge("")

    def get_exception_handler(self) -> Any:
        return exception_handler


class OfficialServerViewSet(OfficialView, GuardedServerViewSet):
    """Servers and their approved versions."""

    lookup_field = "serverName"
    filter_backends = ()
    pagination_class = None
    required: ClassVar[Mapping[str, Required]] = {
        "index": Action.VIEW,
        "versions": Action.VIEW,
        "retrieve": Action.VIEW,
        "update": Action.EDIT,
        "destroy": Action.ADMINISTER,
        "set_status": Action.EDIT,
        "set_all": Action.EDIT,
    }

    def get_queryset(self) -> QuerySet[Server]:
        if self.action in ("set_status", "set_all"):
            # Whoever may restore a deleted server does so by making it active again.
            servers = Server.objects.all()
            return servers.visible_to(self.principal) | servers.deleted_for(self.principal)
        return listed_servers(self.principal, include_deleted=self._include_deleted)

    @openapi.described_index
    def index(self, request: Request) -> Response:
        """What the caller may see, version by version."""
        asked = query_of(request, ListParameters)
        listing = Listing(filters=asked["filters"], principal=self.principal)
        page = listing.page(limit=asked["limit"], after=asked["after"])
        metadata: dict[str, Any] = {"count": len(page.versions)}
        if page.next_cursor:
            metadata["nextCursor"] = page.next_cursor.encode()
        return Response({"servers": self._entries(page.versions), "metadata": metadata})

    @openapi.described_versions
    def versions(self, request: Request, **names: str) -> Response:
        """All versions of one server, the newest first."""
        versions = list(self._versions())
        if not versions:
            raise NotFound
        entries = self._entries(versions)
        return Response({"servers": entries, "metadata": {"count": len(entries)}})

    @openapi.described_retrieve
    def retrieve(self, request: Request, version: str, **names: str) -> Response:
        """One version."""
        return self._answer(self._version(version))

    @openapi.described_update
    def update(self, request: Request, version: str, **names: str) -> Response:
        """Replace a document that nobody relies on yet; an approved one never changes."""
        server = self.get_object()
        known = get_object_or_404(server.versions, version=version)
        document = document_in(request)
        if document.get("version") != known.version:
            raise ValidationError({"version": [f"Must be {known.version!r}, as in the address."]})
        with official_refusals():
            changed = services.publish_version(
                server=server,
                document=document,
                now=timezone.now(),
                by=self.principal.user,
                expected=self.expected(server),
            )
        changed.refresh_from_db()  # which version is the latest may have changed, too
        return self._answer(changed)

    @openapi.described_destroy
    def destroy(self, request: Request, version: str, **names: str) -> Response:
        """Delete one version; the server, too, where it is the last one."""
        known = self._version(version)
        self._set_status(known.server, Status.DELETED, versions=[known.version])
        return self._answer(ServerVersion.objects.get(pk=known.pk))

    @openapi.described_set_status
    def set_status(self, request: Request, version: str, **names: str) -> Response:
        """Give one version this status."""
        server = self.get_object()
        known = get_object_or_404(server.versions.approved(), version=version)
        self._take_status(server, versions=[known.version])
        return self._answer(server.versions.get(pk=known.pk))

    @openapi.described_set_all
    def set_all(self, request: Request, **names: str) -> Response:
        """Give all versions this status, or none of them."""
        server = self.get_object()
        self._take_status(server)
        versions = server.versions.approved()
        entries = self._entries(versions)
        return Response({"updatedCount": len(entries), "servers": entries})

    @property
    def _include_deleted(self) -> bool:
        """Tombstones are for reading alone."""
        asked = query_of(self.request, VersionsParameters).get("include_deleted")
        return bool(asked) and self.request.method in SAFE_METHODS

    def _versions(self) -> ServerVersionQuerySet:
        """The versions of the server in the address."""
        versions = listed_versions(include_deleted=self._include_deleted)
        return versions.filter(server=self.get_object()).select_related("server__team")

    def _version(self, version: str) -> ServerVersion:
        return get_object_or_404(self._versions().called(version))

    def _take_status(self, server: Server, versions: list[str] | None = None) -> None:
        """Set the status that the body asks for."""
        body = StatusChange(data=self.request.data)
        body.is_valid(raise_exception=True)
        status = Status(body.validated_data["status"])
        # Who finds a deleted one, administers it.
        may_restore = server.deleted_at is not None or may_delete(self.principal, server, status)
        message = body.validated_data.get("statusMessage") or ""
        self._set_status(
            server, status, message=message, versions=versions, may_restore=may_restore
        )

    def _set_status(self, server: Server, status: Status, **what: Any) -> None:
        expected = self.expected(server)
        with official_refusals():
            services.set_status(
                server=server, status=status, now=timezone.now(), expected=expected, **what
            )

    def _entries(self, versions: Any) -> list[dict[str, Any]]:
        return entries_of(versions, principal=self.principal)

    def _answer(self, version: ServerVersion) -> Response:
        return Response(entry_of(version, principal=self.principal))


class PublishView(OfficialView):
    """Where documents come in."""

    permission_classes = [IsAuthenticated]

    @openapi.described_publish
    def post(self, request: Request) -> Response:
        """Publish a version; the first one of a name registers the server."""
        principal = principal_of(request)
        with official_refusals():
            version = publish(document_in(request), principal=principal, now=timezone.now())
        version.refresh_from_db()  # as above
        return Response(entry_of(version, principal=principal))


class FactsView(OfficialView):
    """Answers what monitors and clients ask to know whom they talk to."""

    permission_classes: list[type[BasePermission]] = [ReadAllowed]
    facts: ClassVar[Mapping[str, Any]] = {}

    def get(self, request: Request) -> Response:
        return Response(self.facts)


@extend_schema_view(get=openapi.described_facts("health", status={"type": "string"}))
class HealthView(FactsView):
    facts: ClassVar[Mapping[str, Any]] = {"status": "ok"}


@extend_schema_view(get=openapi.described_facts("ping", pong={"type": "boolean"}))
class PingView(FactsView):
    facts: ClassVar[Mapping[str, Any]] = {"pong": True}


@extend_schema_view(get=openapi.described_facts("version", version={"type": "string"}))
class ReleaseView(FactsView):
    facts: ClassVar[Mapping[str, Any]] = {"version": settings.SPECTACULAR_SETTINGS["VERSION"]}


def document_in(request: Request) -> dict[str, Any]:
    """The body, which is a document. Raises DRF's ``ValidationError``."""
    if not isinstance(request.data, dict):
        raise ValidationError("The body must be a JSON object: a server.json.")
    return dict(request.data)
