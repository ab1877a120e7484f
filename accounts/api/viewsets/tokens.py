"""The caller's own tokens: API tokens, which are kept, and signed tokens, which are not."""

from datetime import timedelta
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.errors import refusals_as_answers
from accounts.api.serializers import (
    ApiTokenSerializer,
    CreatedTokenSerializer,
    RotationSerializer,
    SignedTokenRequestSerializer,
    SignedTokenSerializer,
    TokenRequestSerializer,
)
from accounts.models import ApiToken, User
from accounts.services import (
    Credential,
    create_jwt,
    create_token,
    is_limited,
    revoke_token,
    rotate_token,
)


@extend_schema_view(
    list=extend_schema(summary="List your tokens"),
    destroy=extend_schema(summary="Revoke a token"),
)
class TokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[ApiToken]):
    """The caller's own tokens; those of others do not exist here.

    Nor do the others to a token that has scopes or expires: it sees itself.
    """

    queryset = ApiToken.objects.none()
    serializer_class = ApiTokenSerializer
    permission_classes = [IsAuthenticated]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    @property
    def credential(self) -> Credential:
        """What the call was made with; ``None`` for a browser's session."""
        return cast("Credential", self.request.auth)

    def get_queryset(self) -> QuerySet[ApiToken]:
        tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user_id=self.request.user.pk)
        if is_limited(self.credential):
            itself = self.credential.pk if isinstance(self.credential, ApiToken) else None
            return tokens.filter(pk=itself)
        return tokens

    @extend_schema(
        summary="Make a token",
        request=TokenRequestSerializer,
        responses={201: CreatedTokenSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """It is in this answer and nowhere else."""
        wanted = TokenRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with refusals_as_answers():
            token, clear = create_token(
                user=cast("User", request.user),
                name=wanted.validated_data["name"],
                scopes=wanted.validated_data.get("scopes"),
                lifetime=wanted.lifetime(),
                made_with=self.credential,
                now=timezone.now(),
            )
        return _shown_once(token, clear)

    @extend_schema(
        summary="Replace a token",
        request=RotationSerializer,
        responses={201: CreatedTokenSerializer},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, id: str) -> Response:
        """Make another of the same name, scopes and end; the replaced one goes on for a while."""
        wanted = RotationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with refusals_as_answers():
            token, clear = rotate_token(
                token=self.get_object(),
                overlap=timedelta(minutes=wanted.validated_data["overlap_minutes"]),
                made_with=self.credential,
                now=timezone.now(),
            )
        return _shown_once(token, clear)

    def perform_destroy(self, instance: ApiToken) -> None:
        revoke_token(token=instance, now=timezone.now())

    @extend_schema(
        summary="Make a signed token",
        request=SignedTokenRequestSerializer,
        responses={201: SignedTokenSerializer},
    )
    @action(detail=False, methods=["post"])
    def jwt(self, request: Request) -> Response:
        """A short-lived JWT for an agent, with at most the scopes of the credentials in use.

        It ends with the account, and with the API token it was made with.
        """
        wanted = SignedTokenRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with refusals_as_answers():
            issued = create_jwt(
                user=cast("User", request.user),
                scopes=wanted.validated_data.get("scopes"),
                lifetime=timedelta(seconds=wanted.validated_data["lifetime_seconds"]),
                made_with=self.credential,
                now=timezone.now(),
            )
        return Response(SignedTokenSerializer(issued).data, status=status.HTTP_201_CREATED)


def _shown_once(token: ApiToken, clear: str) -> Response:
    made = CreatedTokenSerializer(token, context={"clear": clear})
    return Response(made.data, status=status.HTTP_201_CREATED)
