"""The catalogue in the REST API: servers, their tools and versions, and tags.

What the caller may not see is absent: it is answered 404 for reading and for changing alike.
"""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.permissions import ReadAllowed, ReadOrModelPermission
from accounts.models import User
from servers import services
from servers.api.errors import refusals_as_answers
from servers.api.filters import ServerFilter
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


def decorated(servers: ServerQuerySet) -> ServerQuerySet:
    """``servers`` with all that their representation needs, in a fixed number of queries."""
    return servers.with_tool_count().with_latest_version().prefetch_related("tags")


@extend_schema_view(
    list=extend_schema(summary="List the servers"),
    retrieve=extend_schema(summary="One server with its latest document"),
    destroy=extend_schema(summary="Delete a server with its versions and tools"),
)
class ServerViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Server],
):
    """MCP servers. A body is a ``server.json`` with what the registry keeps beside it."""

    queryset = Server.objects.none()
    permission_classes = [ReadOrModelPermission]
    # For the actions that change a server although they are called by POST.
    required_permission = ""
    filterset_class = ServerFilter
    lookup_field = "name"
    lookup_value_regex = "[^/]+/[^/]+"

    def get_queryset(self) -> QuerySet[Server]:
        return decorated(Server.objects.visible_to(cast("User", self.request.user)))

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ServerSerializer if self.action == "list" else ServerDetailSerializer

    @extend_schema(
        summary="Register a server",
        request=OpenApiTypes.OBJECT,
        responses={201: ServerDetailSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The body is a server.json document, with `tags`, `category` and `monitored` if wanted.

        400 names every error of the document; 409: the name is taken.
        """
        submission = Submission(request.data, RegistryFieldsSerializer)
        fields = submission.registry_fields
        with refusals_as_answers():
            server = services.register_server(
                document=submission.document,
                now=timezone.now(),
                registered_by=cast("User", request.user),
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
        submission = Submission(request.data, ChangeableFieldsSerializer)
        return self._change(self.get_object(), submission.document, submission)

    @extend_schema(
        summary="Change single fields",
        request=OpenApiTypes.OBJECT,
        responses=ServerDetailSerializer,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """`tags`, `category`, `monitored` and `enabled`, and fields of the document.

        A field of the document replaces that of the latest version, null removes it; a document
        that changes needs a new `version`, else 409.
        """
        submission = Submission(request.data, ChangeableFieldsSerializer)
        server = self.get_object()
        merged = {**server.latest_version.document, **submission.document}
        # A null of a field that no document has stays, to be refused as unknown.
        removed = {name for name in known_fields("ServerDetail") if merged.get(name) is None}
        given = {name: value for name, value in merged.items() if name not in removed}
        return self._change(server, given, submission)

    def perform_destroy(self, instance: Server) -> None:
        services.delete_server(server=instance)

    @extend_schema(summary="Show a server again", request=None, responses=ServerDetailSerializer)
    @action(detail=True, methods=["post"], required_permission="servers.change_server")
    def enable(self, request: Request, name: str) -> Response:
        """Show it to everybody who may read."""
        return self._set_enabled(enabled=True)

    @extend_schema(summary="Hide a server", request=None, responses=ServerDetailSerializer)
    @action(detail=True, methods=["post"], required_permission="servers.change_server")
    def disable(self, request: Request, name: str) -> Response:
        """Hide it from everybody but staff, and from health checks."""
        return self._set_enabled(enabled=False)

    @extend_schema(summary="The tools of a server", responses=ToolSerializer(many=True))
    @action(detail=True, filter_backends=[])
    def tools(self, request: Request, name: str) -> Response:
        """What the server offers now, by name."""
        return self._page(self.get_object().tools.current().order_by("name"), ToolSerializer)

    @extend_schema(summary="The versions of a server", responses=ServerVersionSerializer(many=True))
    @action(detail=True, filter_backends=[])
    def versions(self, request: Request, name: str) -> Response:
        """Every published document, the newest first."""
        return self._page(
            self.get_object().versions.order_by(*NEWEST_FIRST), ServerVersionSerializer
        )

    def _set_enabled(self, *, enabled: bool) -> Response:
        server = self.get_object()
        with refusals_as_answers():
            services.set_enabled(server=server, enabled=enabled, now=timezone.now())
        return self._answer(server)

    def _change(self, server: Server, document: dict[str, Any], submission: Submission) -> Response:
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
        fresh = decorated(Server.objects.filter(pk=server.pk)).get()
        return Response(ServerDetailSerializer(fresh).data, status=status_code)

    def _page(self, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(page, many=True).data)


@extend_schema_view(list=extend_schema(summary="List the tags"))
class TagViewSet(mixins.ListModelMixin, GenericViewSet[Tag]):
    """The tags in use, each with the number of servers the caller may see."""

    queryset = Tag.objects.none()
    permission_classes = [ReadAllowed]
    serializer_class = TagSerializer

    def get_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.in_use(cast("User", self.request.user)).order_by("name")
