"""The caller's own account: who am I, and sign me out everywhere."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import UnlimitedOnly
from accounts.api.serializers import MeSerializer
from accounts.models import Membership, User
from accounts.services import principal_of, sign_out


class MeView(APIView):
    """The account behind the credentials of this call."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Who is calling", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The caller's teams and roles, and what the credentials in use are limited to."""
        principal = principal_of(request)
        me = {
            "username": request.user.get_username(),
            "is_administrator": principal.is_administrator,
            "teams": Membership.objects.filter(user=principal.user).select_related("team"),
            "scopes": None if principal.scopes is None else [*map(str, principal.scopes)],
        }
        return Response(MeSerializer(me).data)


class MySessionsView(APIView):
    """The browsers the caller is signed in with."""

    permission_classes = [UnlimitedOnly]

    @extend_schema(summary="Sign out everywhere", responses={204: None})
    def delete(self, request: Request) -> Response:
        """End every session and every signed token of the caller; API tokens go on."""
        sign_out(user=cast("User", request.user), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
