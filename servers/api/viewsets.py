"""The catalogue in the REST API: servers, their tools and versions, and tags.

What the caller may not see is absent: it is answered 404 for reading and for changing alike.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypedDict, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.permissions import ReadAllowed
from accounts.models import Team, User
from accounts.services import Principal, principal_of
from registry_site.lib.pagination import KeysetPagination, Pagination
from servers import services
from servers.access import may_register
from servers.api.errors import refusals_as_answers
from servers.api.filters import ServerFilter
from servers.api.lifecycle import (
    NameSerializer,
    ServerStatusSerializer,
    TagsSerializer,
    change_status,
)
from servers.api.permissions import GuardedServerViewSet, Required, is_allowed
from servers.api.preconditions import etag_of
from servers.api.serializers import (
    ChangeableFieldsSerializer,
    RegistryFieldsSerializer,
    ServerDetailSerializer,
    ServerSerializer,
    Submission,
    TagSerializer,
    ToolSerializer,
)
from servers.models import Server, Tag
from servers.querysets import ServerQuerySet


class Edit(TypedDict):
    """Who changes something when, and which edition they have seen."""

    by: User
    now: datetime
    expected: int | None


def decorated(servers: ServerQuerySet, principal: Principal) -> ServerQuerySet:
    """``servers`` with all that their representation needs, in a fixed number of queries."""
    counted = servers.with_tool_count(principal).with_ownership(principal).with_latest_version()
    return counted.select_related("team").prefetch_related("tags", "aliases")


@extend_schema_view(
    list=extend_schema(summary="List the servers"),
    retrieve=extend_schema(summary="One server with its latest document"),
    destroy=extend_schema(summary="Delete a server; it can be restored until it is purged"),
)
class ServerViewSet(
    mixins.ListModelMixin,
    mixins.DestroyModelMixin,
    GuardedServerViewSet,
):
    """MCP servers. A body is a ``server.json`` with what the registry keeps beside it."""

    required: ClassVar[Mapping[str, Required]] = {
        "list": Action.VIEW,
        "retrieve": Action.VIEW,
        "tools": Action.VIEW,
        "create": Action.REGISTER,
        "update": Action.EDIT,
        "partial_update": Action.EDIT,
        "enable": Action.EDIT,
        "disable": Action.EDIT,
        "set_status": Action.EDIT,
        "retag": Action.EDIT,
        "destroy": Action.ADMINISTER,
        "restore": Action.ADMINISTER,
        "rename": Action.ADMINISTER,
    }
    filterset_class = ServerFilter
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Server]:
        if self.action == "restore" or self._lists_deleted:
            return decorated(Server.objects.deleted_for(self.principal), self.principal)
        return decorated(Server.objects.visible_to(self.principal), self.principal)

    @property
    def _lists_deleted(self) -> bool:
        return self.action == "list" and self.request.query_params.get("deleted") == "true"

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ServerSerializer if self.action == "list" else ServerDetailSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its `ETag` goes into `If-Match` of a change that is based on it."""
        return self._shown(self.get_object())

    @extend_schema(
        summary="Register a server",
        request=OpenApiTypes.OBJECT,
        responses={201: ServerDetailSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The body is a server.json document, with what the registry keeps beside it if wanted.

        400 names every error of the document; 403: not for this team; 409: the name is taken.
        """
        submission = Submission(request.data, RegistryFieldsSerializer, self.principal)
        fields: services.ServerChanges = {
            "registered_by": cast("User", request.user),
            "team": Team.objects.default(),
            **submission.registry_fields,
        }
        name = str(submission.document.get("name"))
        _refuse_unless_registrable(self.principal, name, fields["team"])
        with refusals_as_answers():
            server = services.register_server(
                document=submission.document,
                now=timezone.now(),
                draft=bool(submission.draft),
                **fields,
            )
        return self._answer(server, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Publish a document",
        request=OpenApiTypes.OBJECT,
        responses=ServerDetailSerializer,
    )
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The body is a whole server.json document: a new version, or the one that is there.

        With `draft`, or where a review is asked for, it stands among `proposed_versions`. 409:
        this version is published with another document. 412: the server is not any more what
        `If-Match` says.
        """
        server, submission = self.get_object(), self._submission()
        self._refuse_unless_movable(server, submission.registry_fields)
        with refusals_as_answers():
            services.change_server(
                server=server,
                document=submission.document,
                changes=submission.registry_fields,
                draft=bool(submission.draft),
                **self._edit(server),
            )
        return self._answer(server)

    @extend_schema(
        summary="Change single fields",
        request=OpenApiTypes.OBJECT,
        responses=ServerDetailSerializer,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the registry keeps beside the document, and fields of the document.

        `team` and `visibility` are for who may administer the server. A field of the document
        replaces that of the latest version, or of the draft that `version` names; null removes
        it. A document that changes needs a new `version`, else 409. 412 as above.
        """
        server, submission = self.get_object(), self._submission()
        if submission.draft is not None and not submission.document:
            raise ValidationError({"draft": "A draft is a document: say what is to change in it."})
        self._refuse_unless_movable(server, submission.registry_fields)
        with refusals_as_answers():
            services.edit_server(
                server=server,
                fields=submission.document,
                changes=submission.registry_fields,
                draft=bool(submission.draft),
                **self._edit(server),
            )
        return self._answer(server)

    @extend_schema(
        summary="Set the status of a server",
        request=ServerStatusSerializer,
        responses=ServerDetailSerializer,
    )
    @action(detail=True, methods=["patch"], url_path="status")
    def set_status(self, request: Request, name: str) -> Response:
        """`active`, `deprecated` or `deleted`, of every version; the last is to administer.

        With `successor`, what to use instead.
        """
        server = self.get_object()
        given = ServerStatusSerializer(data=request.data, context={"principal": self.principal})
        given.is_valid(raise_exception=True)
        change_status(self, server, given.validated_data)
        return self._answer(server)

    @extend_schema(
        summary="Add and remove tags", request=TagsSerializer, responses=ServerDetailSerializer
    )
    @action(detail=True, methods=["post"], url_path="tags")
    def retag(self, request: Request, name: str) -> Response:
        """Whatever other tags it has by then stay."""
        server = self.get_object()
        given = TagsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with refusals_as_answers():
            services.tag_server(
                server=server,
                now=timezone.now(),
                expected=self.expected(server),
                **given.validated_data,
            )
        return self._answer(server)

    @extend_schema(summary="Bring back a server", request=None, responses=ServerDetailSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, name: str) -> Response:
        """As it was when it was deleted. 404: there is no deleted server of this name."""
        server = self.get_object()
        with refusals_as_answers():
            services.restore_server(
                server=server, now=timezone.now(), expected=self.expected(server)
            )
        return self._answer(server)

    @extend_schema(
        summary="Rename a server",
        request=NameSerializer,
        responses={201: ServerDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def rename(self, request: Request, name: str) -> Response:
        """Register it under another name and delete it here; the new one is its successor.

        403: you may not register this name. 409: the name is taken.
        """
        server = self.get_object()
        given = NameSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        _refuse_unless_registrable(self.principal, given.validated_data["name"], server.team)
        with refusals_as_answers():
            renamed = services.rename_server(
                server=server, name=given.validated_data["name"], **self._edit(server)
            )
        return self._answer(renamed, status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Server) -> None:
        with refusals_as_answers():
            services.delete_server(
                server=instance, now=timezone.now(), expected=self.expected(instance)
            )

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
    @action(detail=True, filterset_class=None, pagination_class=Pagination)
    def tools(self, request: Request, name: str) -> Response:
        """What the server offers now and the caller may see, by name."""
        tools = self.get_object().tools.current().open_to(self.principal).with_drifted()
        return self.paged(tools.order_by("name"), ToolSerializer)

    def _submission(self) -> Submission:
        return Submission(self.request.data, ChangeableFieldsSerializer, self.principal)

    def _edit(self, server: Server) -> Edit:
        return {
            "by": cast("User", self.request.user),
            "now": timezone.now(),
            "expected": self.expected(server),
        }

    def _set_enabled(self, *, enabled: bool) -> Response:
        server = self.get_object()
        with refusals_as_answers():
            services.set_enabled(
                server=server,
                enabled=enabled,
                now=timezone.now(),
                expected=self.expected(server),
            )
        return self._answer(server)

    def _answer(self, server: Server, status_code: int = status.HTTP_200_OK) -> Response:
        """``server`` as it is now, also to a caller who has just hidden it from himself."""
        this = Server.objects.filter(pk=server.pk)
        return self._shown(decorated(this, self.principal).get(), status_code)

    def _shown(self, server: Server, status_code: int = status.HTTP_200_OK) -> Response:
        context = {"behind_the_scenes": self.is_behind_the_scenes(server)}
        shown = ServerDetailSerializer(server, context=context).data
        return Response(shown, status=status_code, headers={"ETag": etag_of(server)})

    def _refuse_unless_movable(self, server: Server, changes: services.ServerChanges) -> None:
        """Who sees a server is for those who administer it, and for the team it goes to.

        Raises DRF's ``PermissionDenied``.
        """
        if not changes.keys() & {"team", "visibility", "registered_by"}:
            return
        if not is_allowed(self.principal, (Action.ADMINISTER,), server):
            raise PermissionDenied(
                f"You may edit {server.name}, but to change its team, visibility or owner is to "
                "administer it."
            )
        if team := changes.get("team"):
            _refuse_unless_registrable(self.principal, server.name, team)


def _refuse_unless_registrable(principal: Principal, name: str, team: Team) -> None:
    """Raises DRF's ``PermissionDenied``."""
    if not may_register(principal=principal, name=name, team=team, now=timezone.now()):
        raise PermissionDenied(f"You may not register {name} for the team {team.slug}.")


@extend_schema_view(list=extend_schema(summary="List the tags"))
class TagViewSet(mixins.ListModelMixin, GenericViewSet[Tag]):
    """The tags in use, each with the number of servers the caller may see."""

    queryset = Tag.objects.none()
    permission_classes = [ReadAllowed]
    serializer_class = TagSerializer

    def get_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.in_use(principal_of(self.request)).order_by("name")
