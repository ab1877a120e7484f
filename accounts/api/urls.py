"""The addresses of accounts in the REST API."""

from django.urls import include, path, re_path

from accounts.api.audit import AuditViewSet
from accounts.api.viewsets import (
    GrantViewSet,
    MemberViewSet,
    MeView,
    MySessionsView,
    PersonViewSet,
    TeamViewSet,
    TokenViewSet,
)
from registry_site.lib.routers import Router

router = Router()
router.register("audit", AuditViewSet, basename="audit")
router.register("grants", GrantViewSet, basename="grant")
router.register("teams", TeamViewSet, basename="team")
router.register(r"teams/(?P<slug>[^/]+)/members", MemberViewSet, basename="member")
router.register("tokens", TokenViewSet, basename="token")
router.register("users", PersonViewSet, basename="user")

urlpatterns = [
    re_path(r"^me/?$", MeView.as_view(), name="me"),
    re_path(r"^me/sessions/?$", MySessionsView.as_view(), name="my-sessions"),
    path("", include(router.urls)),
]
