"""Webhooks in the REST API: an administrator's for all servers, a team admin's for the team's.

Those of others do not exist here. A secret is in the answer that made it and in no other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.fields import ListedChoiceField, TeamField
from accounts.api.permissions import UnlimitedOnly
from accounts.api.serializers import StrictSerializer
from accounts.models import Team
from accounts.services import principal_of
from registry_site.lib.outbound import OutboundRefused
from registry_site.lib.problem_details import Conflict
from servers import webhooks
from servers.models import Event, Webhook, WebhookDelivery

LONGEST_URL = 2000
# A ping is asked for, not listened to.
LISTENABLE = [(event.value, event.label) for event in Event if event is not Event.PING]


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A webhook without its secret."""

    team = serializers.CharField(source="team.slug", default=None, allow_null=True)
    events = serializers.ListField(
        child=serializers.ChoiceField(LISTENABLE), help_text="What it is told of; none: everything."
    )

    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "team", "enabled", "disabled_reason", "created_at"]
        read_only_fields = fields


class CreatedWebhookSerializer(WebhookSerializer):
    """A webhook in the answer that made its secret."""

    secret = serializers.SerializerMethodField(help_text="Shown now and never again.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = fields

    def get_secret(self, webhook: Webhook) -> str:
        return str(self.context["secret"])


class WebhookChangeSerializer(StrictSerializer):
    """What can be changed of a webhook."""

    url = serializers.URLField(max_length=LONGEST_URL, required=False)
    events = serializers.ListField(
        child=ListedChoiceField(LISTENABLE), max_length=len(LISTENABLE), required=False
    )
    enabled = serializers.BooleanField(required=False)


class WebhookRequestSerializer(WebhookChangeSerializer):
    """A webhook that is wanted."""

    url = serializers.URLField(max_length=LONGEST_URL)
    team = TeamField(
        required=False,
        allow_null=True,
        help_text="A team you are an admin of; left out: all servers, for administrators.",
    )


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """What was or is to be sent, and how that went."""

    id = serializers.UUIDField(source="public_id", help_text="The receiver sees it as webhook-id.")
    server = serializers.CharField(source="server_name")
    state = serializers.ChoiceField(WebhookDelivery.State.choices)
    payload = serializers.DictField()

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "event",
            "server",
            "state",
            "created_at",
            "attempts",
            "next_attempt_at",
            "delivered_at",
            "http_status",
            "last_error",
            "payload",
        ]
        read_only_fields = fields


class DeliveryFilter(filters.FilterSet):  # type: ignore[misc] # django-filter is untyped
    """Every filter narrows further."""

    state = filters.ChoiceFilter(choices=WebhookDelivery.State.choices, method="in_state")
    event = filters.ChoiceFilter(choices=Event.choices)

    class Meta:
        model = WebhookDelivery
        fields: list[str] = []

    def in_state(self, deliveries: Any, name: str, value: str) -> Any:
        return deliveries.in_state(value)


@extend_schema_view(
    list=extend_schema(summary="List the webhooks you look after"),
    retrieve=extend_schema(summary="One webhook"),
    destroy=extend_schema(summary="Delete a webhook with its log"),
)
class WebhookViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Webhook],
):
    """The webhooks of the teams whose admin the caller is, and all for an administrator."""

    queryset = Webhook.objects.none()
    serializer_class = WebhookSerializer
    permission_classes = [UnlimitedOnly]
    lookup_value_regex = r"[0-9]{1,18}"
    lookup_url_kwarg = "webhook_id"

    def get_queryset(self) -> QuerySet[Webhook]:
        return Webhook.objects.managed_by(principal_of(self.request)).select_related("team")

    @extend_schema(
        summary="Make a webhook",
        request=WebhookRequestSerializer,
        responses={201: CreatedWebhookSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its secret is in this answer and nowhere else.

        400: nothing is ever sent to this address; 403: not for this team.
        """
        principal = principal_of(request)
        wanted = WebhookRequestSerializer(data=request.data, context={"principal": principal})
        wanted.is_valid(raise_exception=True)
        fields = wanted.validated_data
        self._refuse_unless_managed(fields.get("team"))
        with refusals_as_answers():
            webhook, secret = webhooks.create_webhook(
                **fields, created_by=principal.user, now=timezone.now()
            )
        return _shown_once(webhook, secret, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a webhook", request=WebhookChangeSerializer, responses=WebhookSerializer
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What waits for a webhook that was off is sent once it is on."""
        webhook = self.get_object()
        wanted = WebhookChangeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        changes: webhooks.WebhookChanges = wanted.validated_data
        with refusals_as_answers():
            webhooks.change_webhook(webhook=webhook, changes=changes, now=timezone.now())
        return Response(WebhookSerializer(webhook).data)

    def perform_destroy(self, instance: Webhook) -> None:
        webhooks.delete_webhook(webhook=instance, now=timezone.now())

    @extend_schema(
        summary="Replace a webhook's secret", request=None, responses=CreatedWebhookSerializer
    )
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, webhook_id: str) -> Response:
        """For a day both the new and the replaced secret sign."""
        webhook = self.get_object()
        secret = webhooks.rotate_secret(webhook=webhook, now=timezone.now())
        return _shown_once(webhook, secret, status.HTTP_200_OK)

    @extend_schema(summary="Try a webhook", request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, webhook_id: str) -> Response:
        """Send an event that tells of nothing. 409: the webhook is off."""
        with refusals_as_answers():
            delivery = webhooks.ping(webhook=self.get_object(), now=timezone.now())
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)

    def _refuse_unless_managed(self, team: Team | None) -> None:
        """Raises ``PermissionDenied``."""
        principal = principal_of(self.request)
        teams = principal.teams_allowing(Action.ADMINISTER)
        if principal.is_administrator or (team is not None and team.pk in teams):
            return
        whose = f"the team {team}" if team else "all servers: name a team"
        raise PermissionDenied(f"You may not make webhooks for {whose}.")


WEBHOOK_ID = OpenApiParameter("webhook_id", OpenApiTypes.INT, OpenApiParameter.PATH)


@extend_schema_view(
    list=extend_schema(summary="What a webhook was sent", parameters=[WEBHOOK_ID]),
)
class DeliveryViewSet(mixins.ListModelMixin, GenericViewSet[WebhookDelivery]):
    """The log of one webhook, kept for 30 days, the newest first."""

    queryset = WebhookDelivery.objects.none()
    serializer_class = DeliverySerializer
    permission_classes = [UnlimitedOnly]
    filterset_class = DeliveryFilter
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        managed = Webhook.objects.managed_by(principal_of(self.request))
        webhook = get_object_or_404(managed, pk=self.kwargs["webhook_id"])
        return webhook.deliveries.select_related("webhook")

    @extend_schema(
        summary="Send a delivery again",
        parameters=[WEBHOOK_ID],
        request=None,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, webhook_id: str, id: str) -> Response:
        """Whatever became of it, under the same id. 409: the webhook is off."""
        delivery = self.get_object()
        with refusals_as_answers():
            webhooks.redeliver(delivery=delivery, now=timezone.now())
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


@contextmanager
def refusals_as_answers() -> Iterator[None]:
    """400 for an address that nothing is sent to, 409 for what stands against it."""
    try:
        yield
    except OutboundRefused as error:
        raise ValidationError({"url": [str(error)]}) from error
    except (webhooks.TooManyWebhooks, webhooks.WebhookIsOff) as error:
        raise Conflict(str(error)) from error


def _shown_once(webhook: Webhook, secret: str, status_code: int) -> Response:
    made = CreatedWebhookSerializer(webhook, context={"secret": secret})
    return Response(made.data, status=status_code)
