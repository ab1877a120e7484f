"""The versions of a server in the REST API: drafts, their review, and the life of what is approved.

Whoever sees a server sees the versions in the catalogue; the others are there for those who may
edit or review it.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import mixins, serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.models import User
from accounts.services import principal_of
from registry_site.lib.json_diff import Change
from servers import services
from servers.api.errors import refusals_as_answers
from servers.api.lifecycle import ReasonSerializer, VersionStatusSerializer, change_status
from servers.api.permissions import GuardedServerViewSet, Required
from servers.api.preconditions import etag_of
from servers.api.serializers import ServerVersionSerializer
from servers.comparing import approved_latest, compare, what_changes
from servers.models import Server, ServerVersion
from servers.querysets import LATEST, ServerVersionQuerySet


class DifferenceSerializer(serializers.Serializer[Any]):
    """One field that differs; null stands for what is not there, too."""

    path = serializers.CharField(help_text="For instance remotes[0].url.")
    change = serializers.ChoiceField([(each.value, each.value) for each in Change])
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class VersionDiffSerializer(serializers.Serializer[Any]):
    """A version compared with another."""

    version = serializers.CharField()
    against = serializers.CharField(allow_null=True, help_text="null: nothing is approved yet.")
    differences = DifferenceSerializer(many=True)


class PendingVersionSerializer(serializers.ModelSerializer[ServerVersion]):
    """A version that awaits its review, and what it changes."""

    name = serializers.CharField(source="server.name")
    edition = serializers.IntegerField(
        source="server.edition", help_text="For If-Match: approve what you have seen."
    )
    submitted_by = serializers.SlugRelatedField[User](
        slug_field="username", read_only=True, allow_null=True
    )
    submitted_at = serializers.DateTimeField(source="updated_at")
    document = serializers.DictField()
    against = serializers.SerializerMethodField(help_text="null: nothing is approved yet.")
    differences = serializers.SerializerMethodField()

    class Meta:
        model = ServerVersion
        fields = [
            "name",
            "version",
            "edition",
            "submitted_by",
            "submitted_at",
            "document",
            "against",
            "differences",
        ]
        read_only_fields = fields

    def get_against(self, version: ServerVersion) -> str | None:
        approved = approved_latest(version.server)
        return approved.version if approved else None

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, version: ServerVersion) -> Any:
        return DifferenceSerializer(what_changes(version), many=True).data


@extend_schema_view(list=extend_schema(summary="The versions that await your review"))
class ReviewQueueViewSet(mixins.ListModelMixin, GenericViewSet[ServerVersion]):
    """What the caller may approve or reject, the oldest first, with what it changes."""

    queryset = ServerVersion.objects.none()
    permission_classes = [IsAuthenticated]
    serializer_class = PendingVersionSerializer

    def get_queryset(self) -> ServerVersionQuerySet:
        waiting = ServerVersion.objects.awaiting_review(principal_of(self.request))
        return waiting.with_what_is_approved().select_related("submitted_by")


class ServerVersionViewSet(GuardedServerViewSet):
    """The versions of one server."""

    required: ClassVar[Mapping[str, Required]] = {
        "list": Action.VIEW,
        "retrieve": Action.VIEW,
        "diff": Action.VIEW,
        "submit": Action.EDIT,
        "withdraw": Action.EDIT,
        "destroy": Action.EDIT,
        "set_status": Action.EDIT,
        "approve": Action.REVIEW,
        "reject": Action.REVIEW,
    }

    @property
    def extra_parameters(self) -> tuple[str, ...]:
        return ("against",) if self.action == "diff" else ()

    @extend_schema(
        summary="The versions of a server",
        operation_id="server_versions_list",
        responses=ServerVersionSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """The documents in the catalogue, the newest first; those behind the scenes see all."""
        server = self.get_object()
        inside = self.is_behind_the_scenes(server)
        return self.paged(self._versions(server), ServerVersionSerializer, behind_the_scenes=inside)

    @extend_schema(
        summary="One version of a server",
        operation_id="server_versions_retrieve",
        responses=ServerVersionSerializer,
    )
    def retrieve(self, request: Request, name: str, version: str) -> Response:
        """By its number, or `latest`."""
        server = self.get_object()
        return self._answer(server, self._version(server, version))

    @extend_schema(
        summary="Compare a version with another",
        operation_id="server_versions_diff",
        parameters=[
            OpenApiParameter("against", str, description="Another version, or latest (default).")
        ],
        responses=VersionDiffSerializer,
    )
    def diff(self, request: Request, name: str, version: str) -> Response:
        """Field by field. `latest` is what stands in the catalogue, if anything does."""
        server = self.get_object()
        row, against = self._version(server, version), request.query_params.get("against", LATEST)
        other = approved_latest(server) if against == LATEST else self._version(server, against)
        compared = {
            "version": row.version,
            "against": other.version if other else None,
            "differences": compare(row, other),
        }
        return Response(VersionDiffSerializer(compared).data)

    @extend_schema(
        summary="Submit a draft for review",
        operation_id="server_versions_submit",
        request=None,
        responses=ServerVersionSerializer,
    )
    def submit(self, request: Request, name: str, version: str) -> Response:
        """Of a draft or a rejected version; approved at once where the policy asks for no review.

        409: the version is neither.
        """
        by = cast("User", request.user)
        return self._moved(self.get_object(), version, services.submit_version, by=by)

    @extend_schema(
        summary="Take a version back from the review",
        operation_id="server_versions_withdraw",
        request=None,
        responses=ServerVersionSerializer,
    )
    def withdraw(self, request: Request, name: str, version: str) -> Response:
        """It is a draft again. 409: it does not await a review."""
        return self._moved(self.get_object(), version, services.withdraw_version)

    @extend_schema(
        summary="Approve a version",
        operation_id="server_versions_approve",
        request=None,
        responses=ServerVersionSerializer,
    )
    def approve(self, request: Request, name: str, version: str) -> Response:
        """Put it into the catalogue, for good. With `If-Match`, only what you have seen.

        409: it does not await a review.
        """
        by = cast("User", request.user)
        return self._moved(self.get_object(), version, services.approve_version, by=by)

    @extend_schema(
        summary="Reject a version",
        operation_id="server_versions_reject",
        request=ReasonSerializer,
        responses=ServerVersionSerializer,
    )
    def reject(self, request: Request, name: str, version: str) -> Response:
        """Keep it out of the catalogue, and say why. 409: it does not await a review."""
        server, given = self.get_object(), ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        how = {"by": cast("User", request.user), **given.validated_data}
        return self._moved(server, version, services.reject_version, **how)

    @extend_schema(
        summary="Discard a draft", operation_id="server_versions_destroy", responses={204: None}
    )
    def destroy(self, request: Request, name: str, version: str) -> Response:
        """Of a draft or a rejected version. 409: it is neither, or the only one."""
        server = self.get_object()
        with refusals_as_answers():
            services.discard_draft(
                version=self._version(server, version),
                now=timezone.now(),
                expected=self.expected(server),
            )
        return Response(status=status.HTTP_204_NO_CONTENT, headers={"ETag": etag_of(server)})

    @extend_schema(
        summary="Set the status of a version",
        operation_id="server_versions_status",
        request=VersionStatusSerializer,
        responses=ServerVersionSerializer,
    )
    def set_status(self, request: Request, name: str, version: str) -> Response:
        """`active`, `deprecated` or `deleted`, of what is approved; the last is to administer."""
        server = self.get_object()
        row = self._version(server, version)
        given = VersionStatusSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        change_status(self, server, given.validated_data, versions=[row.version])
        return self._answer(server, row)

    def _versions(self, server: Server) -> ServerVersionQuerySet:
        rows = server.versions.select_related("submitted_by", "reviewed_by")
        return rows if self.is_behind_the_scenes(server) else rows.listed()

    def _version(self, server: Server, version: str) -> ServerVersion:
        """Raises ``Http404``."""
        return get_object_or_404(self._versions(server).called(version))

    def _moved(
        self, server: Server, version: str, move: Callable[..., None], **how: Any
    ) -> Response:
        """What became of ``version`` by the service ``move``."""
        row = self._version(server, version)
        with refusals_as_answers():
            move(version=row, now=timezone.now(), expected=self.expected(server), **how)
        return self._answer(server, row)

    def _answer(self, server: Server, version: ServerVersion) -> Response:
        """``version`` as it is now."""
        fresh = server.versions.select_related("submitted_by", "reviewed_by").get(pk=version.pk)
        context = {"behind_the_scenes": self.is_behind_the_scenes(server)}
        shown = ServerVersionSerializer(fresh, context=context).data
        return Response(shown, headers={"ETag": etag_of(server)})
