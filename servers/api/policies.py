"""What the operators decide for the servers of a name, a namespace, or all: for administrators."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import LONGEST_PATTERN, InvalidPattern
from accounts.api.permissions import AdministratorsOnly
from accounts.api.serializers import StrictSerializer
from registry_site.lib.problem_details import Conflict
from servers import services
from servers.api.preconditions import PreconditionFailed, expected_tag
from servers.models import Policy
from servers.services import PolicyChanges, policy_fingerprint


class PolicySerializer(serializers.ModelSerializer[Policy]):
    """What holds for the servers of a pattern; the most specific pattern counts."""

    class Meta:
        model = Policy
        fields = ["pattern", "review", "drift"]
        read_only_fields = fields


class PolicyChangeSerializer(StrictSerializer):
    """What of a policy can be changed."""

    review = serializers.ChoiceField(Policy.Review.choices, required=False)
    drift = serializers.ChoiceField(Policy.Drift.choices, required=False)


class PolicyRequestSerializer(PolicyChangeSerializer):
    """A policy to be made."""

    pattern = serializers.CharField(
        max_length=LONGEST_PATTERN, help_text="namespace/* or namespace/name."
    )


@extend_schema_view(
    list=extend_schema(summary="List the policies"),
    destroy=extend_schema(summary="Delete a policy"),
)
class PolicyViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[Policy]):
    """Whether what is submitted is reviewed, and what becomes of tools that change."""

    queryset = Policy.objects.order_by("pattern")
    serializer_class = PolicySerializer
    permission_classes = [AdministratorsOnly]
    lookup_field = "pattern"
    lookup_value_regex = r"\*|[^/]+/[^/]+"

    @extend_schema(summary="One policy", responses=PolicySerializer)
    def retrieve(self, request: Request, pattern: str) -> Response:
        """Its `ETag` goes into `If-Match` of a change that is based on it."""
        return _answer(self.get_object())

    @extend_schema(
        summary="Make a policy",
        request=PolicyRequestSerializer,
        responses={201: PolicySerializer},
    )
    def create(self, request: Request) -> Response:
        """409: there is one for this pattern."""
        wanted = PolicyRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        pattern = wanted.validated_data.pop("pattern")
        changes = cast("PolicyChanges", wanted.validated_data)
        try:
            made = services.create_policy(pattern=pattern, changes=changes, now=timezone.now())
        except InvalidPattern as error:
            raise ValidationError({"pattern": [str(error)]}) from error
        except services.PolicyExists as error:
            raise Conflict(str(error)) from error
        return _answer(made, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a policy", request=PolicyChangeSerializer, responses=PolicySerializer
    )
    def partial_update(self, request: Request, pattern: str) -> Response:
        """It counts for what happens from then on. 412: it has changed since `If-Match`."""
        policy = self.get_object()
        wanted = PolicyChangeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        changes = cast("PolicyChanges", wanted.validated_data)
        try:
            services.change_policy(
                policy=policy, changes=changes, now=timezone.now(), expected=self._expected(policy)
            )
        except services.StalePolicy as error:
            raise PreconditionFailed(str(error)) from error
        return _answer(policy)

    def perform_destroy(self, instance: Policy) -> None:
        expected = self._expected(instance)
        try:
            services.delete_policy(policy=instance, now=timezone.now(), expected=expected)
        except services.DefaultPolicy as error:
            raise Conflict(str(error)) from error
        except services.StalePolicy as error:
            raise PreconditionFailed(str(error)) from error

    def get_object(self) -> Policy:
        self.kwargs["pattern"] = self.kwargs["pattern"].lower()
        return super().get_object()

    def _expected(self, policy: Policy) -> str | None:
        return expected_tag(self.request.headers.get("If-Match"), policy_fingerprint(policy))


def _answer(policy: Policy, status_code: int = status.HTTP_200_OK) -> Response:
    headers = {"ETag": f'"{policy_fingerprint(policy)}"'}
    return Response(PolicySerializer(policy).data, status=status_code, headers=headers)
