"""People, for administrators."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts import services
from accounts.api.errors import refusals_as_answers
from accounts.api.filters import PersonFilter
from accounts.api.permissions import AdministratorsOnly
from accounts.api.serializers import PersonRequestSerializer, PersonSerializer
from accounts.models import User


@extend_schema_view(
    list=extend_schema(summary="List the accounts"),
    retrieve=extend_schema(summary="One account"),
)
class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[User]):
    """Every account, closed ones included."""

    queryset = User.objects.order_by("username")
    serializer_class = PersonSerializer
    permission_classes = [AdministratorsOnly]
    filterset_class = PersonFilter
    lookup_field = "username"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.order_by("username")

    @extend_schema(
        summary="Make an account",
        request=PersonRequestSerializer,
        responses={201: PersonSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With a password or without. 409: the username is taken, in whatever case."""
        wanted = PersonRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        fields = wanted.validated_data
        with refusals_as_answers():
            user = services.create_user(
                username=fields["username"],
                password=fields.get("password"),
                email=fields["email"],
                is_superuser=fields["is_administrator"],
                now=timezone.now(),
            )
        return Response(PersonSerializer(user).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Close an account", request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, username: str) -> Response:
        """Its sessions and tokens end at once. 409: it is the last active administrator."""
        user = self.get_object()
        with refusals_as_answers():
            services.deactivate(user=user, now=timezone.now())
        return Response(PersonSerializer(user).data)

    @extend_schema(summary="Open an account again", request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, username: str) -> Response:
        """Its sessions and tokens do not come back."""
        user = self.get_object()
        services.reactivate(user=user, now=timezone.now())
        return Response(PersonSerializer(user).data)

    @extend_schema(summary="Sign somebody out", request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"], url_path="sign-out")
    def sign_out(self, request: Request, username: str) -> Response:
        """End every session and every signed token; API tokens go on."""
        user = self.get_object()
        services.sign_out(user=user, now=timezone.now())
        return Response(PersonSerializer(user).data)
