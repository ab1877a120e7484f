"""The catalogue in the REST API: servers, their tools and versions, and tags.

What the caller may not see is absent: it is answered 404 for reading and for changing alike.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.permissions import ReadAllowed
from accounts.models import Team, User
from accounts.services import Principal, principal_of
from servers import services
from servers.access import Visibility, may_register
from servers.api.errors import refusals_as_answers
from servers.api.filters import ServerFilter
from servers.api.permissions import GuardedServerViewSet
from servers.api.serializers import (
    ChangeableFieldsSerializer,
    RegistryFieldsSerializer,
    ServerDetailSerializer,
    ServerSerializer,
    ServerVersionSerializer,
    Submission,
    TagSerializer,
    ToolSerializer,
)
from servers.documents.schema import known_fields
from servers.models import Server, Tag
from servers.querysets import ServerQuerySet

NEWEST_FIRST = ("-published_at", "-pk")


def decorated(servers: ServerQuerySet, principal: Principal) -> ServerQuerySet:
    """``servers`` with all that their representation needs, in a fixed number of queries."""
    counted = servers.with_tool_count(principal).with_latest_version()
    return counted.select_related("team").prefetch_related("tags")


@extend_schema_view(
    list=extend_schema(summary="List the servers"),
    retrieve=extend_schema(summary="One server with its latest document"),
    destroy=extend_schema(summary="Delete a server with its versions and tools"),
)
class ServerViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GuardedServerViewSet,
):
    """MCP servers. A body is a ``server.json`` with what the registry keeps beside it."""

    required: ClassVar[Mapping[str, Action]] = {
        "list": Action.VIEW,
        "retrieve": Action.VIEW,
        "tools": Action.VIEW,
        "versions": Action.VIEW,
        "create": Action.REGISTER,
        "update": Action.EDIT,
        "partial_update": Action.EDIT,
        "enable": Action.EDIT,
        "disable": Action.EDIT,
        "destroy": Action.ADMINISTER,
    }
    filterset_class = ServerFilter

    def get_queryset(self) -> QuerySet[Server]:
        return decorated(Server.objects.visible_to(self.principal), self.principal)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ServerSerializer if self.action == "list" else ServerDetailSerializer

    @extend_schema(
        summary="Register a server",
        request=OpenApiTypes.OBJECT,
        responses={201: ServerDetailSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The body is a server.json document, with `tags`, `category`, `monitored`, `team` and
        `visibility` if wanted.

        400 names every error of the document; 403: not for this team; 409: the name is taken.
        """
        submission = Submission(request.data, RegistryFieldsSerializer, self.principal)
        fields = submission.registry_fields
        team = fields.get("team") or Team.objects.default()
        _refuse_unless_registrable(self.principal, str(submission.document.get("name")), team)
        with refusals_as_answers():
            server = services.register_server(
                document=submission.document,
                now=timezone.now(),
                registered_by=cast("User", request.user),
                team=team,
                visibility=Visibility(fields.get("visibility", Visibility.TEAM)),
                tags=fields.get("tags", ()),
                category=fields.get("category", ""),
                monitored=fields.get("monitored", True),
            )
        return self._answer(server, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Publish a document",
        request=OpenApiTypes.OBJECT,
        responses=ServerDetailSerializer,
    )
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The body is a whole server.json document: a new version, or the one that is there.

        409: this version is published with another document.
        """
        server = self.get_object()
        submission = self._submission()
        return self._change(server, submission.document, submission)

    @extend_schema(
        summary="Change single fields",
        request=OpenApiTypes.OBJECT,
        responses=ServerDetailSerializer,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """`tags`, `category`, `monitored` and `enabled`, and fields of the document.

        `team` and `visibility` are for who may administer the server. A field of the document
        replaces that of the latest version, null removes it; a document that changes needs a new
        `version`, else 409.
        """
        server = self.get_object()
        submission = self._submission()
        merged = {**server.latest_version.document, **submission.document}
        # A null of a field that no document has stays, to be refused as unknown.
        removed = {name for name in known_fields("ServerDetail") if merged.get(name) is None}
        given = {name: value for name, value in merged.items() if name not in removed}
        return self._change(server, given, submission)

    def perform_destroy(self, instance: Server) -> None:
        services.delete_server(server=instance, now=timezone.now())

    @extend_schema(summary="Show a server again", request=None, responses=ServerDetailSerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, name: str) -> Response:
        """Show it again to all who may see it."""
        return self._set_enabled(enabled=True)

    @extend_schema(summary="Hide a server", request=None, responses=ServerDetailSerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, name: str) -> Response:
        """Hide it from all but those who may edit it, and from health checks."""
        return self._set_enabled(enabled=False)

    @extend_schema(summary="The tools of a server", responses=ToolSerializer(many=True))
    @action(detail=True, filter_backends=[])
    def tools(self, request: Request, name: str) -> Response:
        """What the server offers now and the caller may see, by name."""
        tools = self.get_object().tools.current().open_to(self.principal)
        return self._page(tools.order_by("name"), ToolSerializer)

    @extend_schema(summary="The versions of a server", responses=ServerVersionSerializer(many=True))
    @action(detail=True, filter_backends=[])
    def versions(self, request: Request, name: str) -> Response:
        """Every published document, the newest first."""
        return self._page(
            self.get_object().versions.order_by(*NEWEST_FIRST), ServerVersionSerializer
        )

    def _submission(self) -> Submission:
        return Submission(self.request.data, ChangeableFieldsSerializer, self.principal)

    def _set_enabled(self, *, enabled: bool) -> Response:
        server = self.get_object()
        with refusals_as_answers():
            services.set_enabled(server=server, enabled=enabled, now=timezone.now())
        return self._answer(server)

    def _change(self, server: Server, document: dict[str, Any], submission: Submission) -> Response:
        _refuse_unless_movable(self.principal, server, submission.registry_fields)
        with refusals_as_answers():
            services.change_server(
                server=server,
                document=document,
                changes=submission.registry_fields,
                now=timezone.now(),
            )
        return self._answer(server)

    def _answer(self, server: Server, status_code: int = status.HTTP_200_OK) -> Response:
        """``server`` as it is now, also to a caller who has just hidden it from himself."""
        this = Server.objects.filter(pk=server.pk)
        fresh = decorated(this, self.principal).get()
        return Response(ServerDetailSerializer(fresh).data, status=status_code)

    def _page(self, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(page, many=True).data)


def _refuse_unless_registrable(principal: Principal, name: str, team: Team) -> None:
    """Raises DRF's ``PermissionDenied``."""
    if not may_register(principal=principal, name=name, team=team, now=timezone.now()):
        raise PermissionDenied(f"You may not register {name} for the team {team.slug}.")


def _refuse_unless_movable(
    principal: Principal, server: Server, changes: services.ServerChanges
) -> None:
    """Who sees a server is for those who administer it, and for the team it goes to.

    Raises DRF's ``PermissionDenied``.
    """
    if not changes.keys() & {"team", "visibility"}:
        return
    administered = Server.objects.allowed_to(principal, Action.ADMINISTER)
    if not administered.filter(pk=server.pk).exists():
        raise PermissionDenied(
            f"You may edit {server.name}, but to change its team or visibility is to administer it."
        )
    if team := changes.get("team"):
        _refuse_unless_registrable(principal, server.name, team)


@extend_schema_view(list=extend_schema(summary="List the tags"))
class TagViewSet(mixins.ListModelMixin, GenericViewSet[Tag]):
    """The tags in use, each with the number of servers the caller may see."""

    queryset = Tag.objects.none()
    permission_classes = [ReadAllowed]
    serializer_class = TagSerializer

    def get_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.in_use(principal_of(self.request)).order_by("name")
