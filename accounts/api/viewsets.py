"""The caller's own account in the REST API: who am I, and my tokens."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.api.serializers import (
    ApiTokenSerializer,
    CreatedTokenSerializer,
    MeSerializer,
    TokenRequestSerializer,
)
from accounts.models import ApiToken, User
from accounts.services import TokenExpires, create_token


class MeView(APIView):
    """The account behind the credentials of this call."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who is calling and what the caller may do."""
        me = {
            "username": request.user.get_username(),
            "is_staff": request.user.is_staff,
            "permissions": sorted(request.user.get_all_permissions()),
        }
        return Response(MeSerializer(me).data)


class TokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[ApiToken]):
    """The caller's own tokens; those of others do not exist here."""

    queryset = ApiToken.objects.none()
    serializer_class = ApiTokenSerializer
    permission_classes = [IsAuthenticated]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[ApiToken]:
        tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user_id=self.request.user.pk)
        return tokens

    @extend_schema(request=TokenRequestSerializer, responses={201: CreatedTokenSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token. It is in this answer and nowhere else."""
        wanted = TokenRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            token, clear = create_token(
                user=cast("User", request.user),
                name=wanted.validated_data["name"],
                lifetime=wanted.lifetime(),
                made_with=cast("ApiToken | None", request.auth),
            )
        except TokenExpires as error:
            raise PermissionDenied(str(error)) from error
        made = CreatedTokenSerializer(token, context={"clear": clear})
        return Response(made.data, status=status.HTTP_201_CREATED)
