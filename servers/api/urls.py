"""The addresses of the catalogue in the REST API."""

from django.urls import path, re_path

from registry_site.lib.routers import Router
from servers.api.auth_check import auth_check
from servers.api.export import ServerExportView
from servers.api.grants import ServerGrantViewSet
from servers.api.my_permissions import MyPermissionsView
from servers.api.viewsets import ServerViewSet, TagViewSet

router = Router()
router.register("servers", ServerViewSet, basename="server")
router.register("tags", TagViewSet, basename="tag")

GRANTS = r"^servers/(?P<name>[^/]+/[^/]+)/grants"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

urlpatterns = [
    re_path(r"^me/permissions/?$", MyPermissionsView.as_view(), name="my-permissions"),
    re_path(
        rf"{GRANTS}/?$",
        ServerGrantViewSet.as_view({"get": "list", "post": "create"}),
        name="server-grants",
    ),
    re_path(
        rf"{GRANTS}/(?P<grant_id>{UUID})/?$",
        ServerGrantViewSet.as_view({"delete": "destroy"}),
        name="server-grant",
    ),
    path("auth/check", auth_check, name="auth-check"),
    re_path(r"^servers/export/?$", ServerExportView.as_view(), name="server-export"),
    *router.urls,
]
