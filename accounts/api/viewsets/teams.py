"""Teams and who is in them. A team one is no member of does not exist here."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Role
from accounts.api.errors import refusals_as_answers
from accounts.api.permissions import AdministratorsOrReading
from accounts.api.serializers import (
    MemberSerializer,
    RoleSerializer,
    TeamChangeSerializer,
    TeamRequestSerializer,
    TeamSerializer,
)
from accounts.models import Membership, Team, User
from accounts.services import (
    create_team,
    delete_team,
    principal_of,
    remove_member,
    rename_team,
    set_member,
)


@extend_schema_view(
    list=extend_schema(summary="List your teams"),
    retrieve=extend_schema(summary="One team"),
    destroy=extend_schema(summary="Delete a team"),
)
class TeamViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Team],
):
    """The caller's teams, and every team for an administrator."""

    queryset = Team.objects.none()
    serializer_class = TeamSerializer
    permission_classes = [AdministratorsOrReading]
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Team]:
        return Team.objects.visible_to(principal_of(self.request))

    @extend_schema(
        summary="Make a team", request=TeamRequestSerializer, responses={201: TeamSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Without members; 409: the slug is taken."""
        wanted = TeamRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with refusals_as_answers():
            team = create_team(**wanted.validated_data, now=timezone.now())
        return Response(TeamSerializer(team).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Rename a team", request=TeamChangeSerializer, responses=TeamSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its slug stays."""
        team = self.get_object()
        wanted = TeamChangeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        rename_team(team=team, name=wanted.validated_data["name"], now=timezone.now())
        return Response(TeamSerializer(team).data)

    def perform_destroy(self, instance: Team) -> None:
        """409 for the default team, and for one that has servers."""
        with refusals_as_answers():
            delete_team(team=instance, now=timezone.now())


@extend_schema_view(list=extend_schema(summary="The members of a team"))
class MemberViewSet(mixins.ListModelMixin, GenericViewSet[Membership]):
    """The members of one team: seen by its members, changed by its admins and administrators."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    permission_classes = [IsAuthenticated]
    lookup_field = "username"
    lookup_value_regex = "[^/]+"

    @cached_property
    def team(self) -> Team:
        principal = principal_of(self.request)
        slug = self.kwargs["slug"]
        team = Team.objects.visible_to(principal).filter(slug=slug).first()
        if team is None:
            raise NotFound("There is no such team, or it is none of yours.")
        if self.action != "list" and not principal.administers(team):
            raise PermissionDenied(f"Only admins of the team {team} change its members.")
        return team

    def get_queryset(self) -> QuerySet[Membership]:
        return self.team.memberships.select_related("user").order_by("user__username")

    @extend_schema(
        summary="Add a member, or change a role", request=RoleSerializer, responses=MemberSerializer
    )
    def update(self, request: Request, slug: str, username: str) -> Response:
        """Make somebody a member with a role. 404 says whether team or account is missing."""
        team = self.team
        wanted = RoleSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = User.objects.filter(username=username).first()
        if user is None:
            raise NotFound(f"There is no user named {username!r}.")
        if user == request.user and not request.user.is_superuser:
            raise PermissionDenied("Nobody changes their own role: ask another admin of the team.")
        membership = set_member(
            team=team,
            user=user,
            role=Role(wanted.validated_data["role"]),
            now=timezone.now(),
        )
        return Response(MemberSerializer(membership).data)

    @extend_schema(summary="Remove a member")
    def destroy(self, request: Request, slug: str, username: str) -> Response:
        """What the team may do, the account may no longer."""
        membership = self.get_queryset().filter(user__username=username).first()
        if membership is None:
            raise NotFound(f"{username!r} is no member of the team {self.team}.")
        remove_member(membership=membership, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
