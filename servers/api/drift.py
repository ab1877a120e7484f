"""How the features of servers changed, field by field, and what reviewers decide about that."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.serializers import StrictSerializer
from accounts.models import User
from accounts.services import principal_of
from registry_site.lib.pagination import KeysetPagination
from servers.api.errors import refusals_as_answers
from servers.api.permissions import GuardedServerViewSet, Required, is_allowed
from servers.api.reviews import DifferenceSerializer
from servers.models import FeatureChange, FeatureKind
from servers.querysets import FeatureChangeQuerySet
from servers.services import (
    LONGEST_DECISION_REASON,
    Decision,
    accept_all,
    decide_change,
)


class FeatureChangeSerializer(serializers.ModelSerializer[FeatureChange]):
    """One change of one feature.

    Its context says who is ``behind_the_scenes``: others are not told who decided, and why.
    """

    server = serializers.CharField(source="server.name")
    decided_by = serializers.SlugRelatedField[User](
        slug_field="username", read_only=True, allow_null=True
    )
    differences = serializers.SerializerMethodField()

    class Meta:
        model = FeatureChange
        fields = [
            "id",
            "server",
            "kind",
            "name",
            "change",
            "state",
            "version",
            "found_at",
            "decided_at",
            "decided_by",
            "reason",
            "differences",
        ]
        read_only_fields = fields

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, change: FeatureChange) -> Any:
        return DifferenceSerializer(change.differences, many=True).data

    def to_representation(self, instance: FeatureChange) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown if self.context["behind_the_scenes"] else shown | _NOT_TOLD


_NOT_TOLD = {"decided_by": None, "reason": ""}


class AcceptanceSerializer(StrictSerializer):
    """Why a change is accepted; it needs no reason."""

    reason = serializers.CharField(max_length=LONGEST_DECISION_REASON, allow_blank=True, default="")


class RejectionSerializer(StrictSerializer):
    """Why a change is rejected."""

    reason = serializers.CharField(max_length=LONGEST_DECISION_REASON)


class AcceptedSerializer(serializers.Serializer[Any]):
    """How much was accepted."""

    accepted = serializers.IntegerField()


class FeatureChangeFilter(filters.FilterSet):  # type: ignore[misc] # django-filter is untyped
    """Every filter narrows further."""

    state = filters.ChoiceFilter(choices=FeatureChange.State.choices)
    kind = filters.ChoiceFilter(choices=FeatureKind.choices)
    change = filters.ChoiceFilter(choices=FeatureChange.Change.choices)

    class Meta:
        model = FeatureChange
        fields: list[str] = []


class ServerChangeViewSet(GuardedServerViewSet):
    """How one server changed what it offers."""

    required: ClassVar[Mapping[str, Required]] = {
        "list": Action.VIEW,
        "accept": Action.REVIEW,
    }
    pagination_class = KeysetPagination

    @extend_schema(
        summary="How a server changed what it offers",
        operation_id="server_changes_list",
        responses=FeatureChangeSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """Since its first listing, the newest first, of what the caller sees of it."""
        server = self.get_object()
        changes = FeatureChange.objects.visible_to(self.principal).filter(server=server)
        inside = self.is_behind_the_scenes(server)
        newest_first = _described(changes).order_by("-pk")
        return self.paged(newest_first, FeatureChangeSerializer, behind_the_scenes=inside)

    @extend_schema(
        summary="Accept all that changed on a server",
        operation_id="server_changes_accept",
        request=AcceptanceSerializer,
        responses=AcceptedSerializer,
    )
    def accept(self, request: Request, name: str) -> Response:
        """Whatever is undecided; `If-Match` makes sure that it is what you have seen."""
        server = self.get_object()
        reason = _reason_in(request, AcceptanceSerializer)
        with refusals_as_answers():
            accepted = accept_all(
                server=server,
                by=cast("User", request.user),
                reason=reason,
                now=timezone.now(),
                expected=self.expected(server),
            )
        return Response({"accepted": accepted})


@extend_schema_view(list=extend_schema(summary="The changes that await your decision"))
class DriftViewSet(mixins.ListModelMixin, GenericViewSet[FeatureChange]):
    """What servers changed of what they offer, the oldest first, with each field that differs."""

    queryset = FeatureChange.objects.none()
    permission_classes = [IsAuthenticated]
    serializer_class = FeatureChangeSerializer
    filterset_class = FeatureChangeFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> FeatureChangeQuerySet:
        principal = principal_of(self.request)
        if self.action == "list":
            return _described(FeatureChange.objects.to_decide(principal))
        return _described(FeatureChange.objects.visible_to(principal))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "behind_the_scenes": True}

    @extend_schema(summary="Accept a change", request=AcceptanceSerializer)
    @action(detail=True, methods=["post"], filter_backends=[])
    def accept(self, request: Request, pk: str) -> Response:
        """It is shown from now on. 409: there is nothing to decide any more."""
        return self._decide(Decision.ACCEPT, AcceptanceSerializer)

    @extend_schema(summary="Reject a change", request=RejectionSerializer)
    @action(detail=True, methods=["post"], filter_backends=[])
    def reject(self, request: Request, pk: str) -> Response:
        """What was approved stays shown. 409: there is nothing to decide any more."""
        return self._decide(Decision.REJECT, RejectionSerializer)

    def _decide(self, decision: Decision, shape: type[StrictSerializer]) -> Response:
        change = self.get_object()
        principal = principal_of(self.request)
        if not is_allowed(principal, (Action.REVIEW,), change.server):
            raise PermissionDenied(f"You may see {change.server.name}, but not review it.")
        reason = _reason_in(self.request, shape)
        with refusals_as_answers():
            decide_change(
                change=change,
                decision=decision,
                by=cast("User", self.request.user),
                reason=reason,
                now=timezone.now(),
            )
        return Response(self.get_serializer(change).data)


def _described(changes: FeatureChangeQuerySet) -> FeatureChangeQuerySet:
    return changes.select_related("server", "decided_by")


def _reason_in(request: Request, shape: type[StrictSerializer]) -> str:
    """Raises DRF's ``ValidationError``."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["reason"])
