"""Accounts in the REST API, by topic."""

from accounts.api.viewsets.grants import GrantViewSet
from accounts.api.viewsets.me import MeView, MySessionsView
from accounts.api.viewsets.people import PersonViewSet
from accounts.api.viewsets.teams import MemberViewSet, TeamViewSet
from accounts.api.viewsets.tokens import TokenViewSet

__all__ = [
    "GrantViewSet",
    "MeView",
    "MemberViewSet",
    "MySessionsView",
    "PersonViewSet",
    "TeamViewSet",
    "TokenViewSet",
]
