"""The addresses of the catalogue in the REST API."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path

from registry_site.lib.routers import Router
from servers.api.allow_list import AllowListView
from servers.api.auth_check import auth_check
from servers.api.bulk import BulkView
from servers.api.client_configuration import ClientConfigurationViewSet
from servers.api.credentials import CredentialViewSet
from servers.api.drift import DriftViewSet, ServerChangeViewSet
from servers.api.export import ServerExportView
from servers.api.features import FeatureViewSet
from servers.api.findings import FindingViewSet
from servers.api.grants import ServerGrantViewSet
from servers.api.history import ServerHistoryViewSet
from servers.api.my_permissions import MyPermissionsView
from servers.api.policies import PolicyViewSet
from servers.api.reviews import ReviewQueueViewSet, ServerVersionViewSet
from servers.api.sources import SourceViewSet
from servers.api.stars import StarViewSet
from servers.api.viewsets import ServerViewSet, TagViewSet
from servers.api.webhooks import DeliveryViewSet, WebhookViewSet

router = Router()
router.register("servers", ServerViewSet, basename="server")
router.register("tags", TagViewSet, basename="tag")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register(
    r"webhooks/(?P<webhook_id>[0-9]{1,18})/deliveries", DeliveryViewSet, basename="delivery"
)
router.register("reviews", ReviewQueueViewSet, basename="review")
router.register("drift", DriftViewSet, basename="drift")
router.register("policies", PolicyViewSet, basename="policy")
router.register("sources", SourceViewSet, basename="source")

MOVES = ("submit", "withdraw", "approve", "reject")
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def of_a_server(address: str, view: Callable[..., Any], name: str) -> URLPattern:
    return re_path(rf"^servers/(?P<name>[^/]+/[^/]+)/{address}/?$", view, name=name)


def of_a_version(address: str, methods: dict[str, Any], name: str) -> URLPattern:
    view = ServerVersionViewSet.as_view(methods)
    return of_a_server(rf"versions/(?P<version>[^/]+){address}", view, name)


urlpatterns = [
    re_path(r"^me/permissions/?$", MyPermissionsView.as_view(), name="my-permissions"),
    path("auth/check", auth_check, name="auth-check"),
    re_path(r"^servers/allow-list/?$", AllowListView.as_view(), name="server-allow-list"),
    re_path(r"^servers/bulk/?$", BulkView.as_view(), name="server-bulk"),
    re_path(r"^servers/export/?$", ServerExportView.as_view(), name="server-export"),
    of_a_server(
        "grants",
        ServerGrantViewSet.as_view({"get": "list", "post": "create"}),
        "server-grants",
    ),
    of_a_server(
        rf"grants/(?P<grant_id>{UUID})",
        ServerGrantViewSet.as_view({"delete": "destroy"}),
        "server-grant",
    ),
    of_a_server("findings", FindingViewSet.as_view({"get": "list"}), "server-findings"),
    # A tool's name may hold slashes.
    of_a_server("tools/(?P<tool>.+?)", FeatureViewSet.as_view({"get": "tool"}), "server-tool"),
    of_a_server("prompts", FeatureViewSet.as_view({"get": "prompts"}), "server-prompts"),
    of_a_server("resources", FeatureViewSet.as_view({"get": "resources"}), "server-resources"),
    of_a_server("changes", ServerChangeViewSet.as_view({"get": "list"}), "server-changes"),
    of_a_server(
        "changes/accept", ServerChangeViewSet.as_view({"post": "accept"}), "server-changes-accept"
    ),
    of_a_server("credentials", CredentialViewSet.as_view({"get": "list"}), "server-credentials"),
    of_a_server(
        "credentials/(?P<header>[^/]+)",
        CredentialViewSet.as_view({"put": "update", "delete": "destroy"}),
        "server-credential",
    ),
    of_a_server("history", ServerHistoryViewSet.as_view({"get": "list"}), "server-history"),
    of_a_server("star", StarViewSet.as_view({"put": "update", "delete": "destroy"}), "server-star"),
    of_a_server(
        "configuration",
        ClientConfigurationViewSet.as_view({"get": "retrieve"}),
        "server-configuration",
    ),
    of_a_server("versions", ServerVersionViewSet.as_view({"get": "list"}), "server-versions"),
    of_a_version("", {"get": "retrieve", "delete": "destroy"}, "server-version"),
    of_a_version("/diff", {"get": "diff"}, "server-version-diff"),
    of_a_version("/status", {"patch": "set_status"}, "server-version-status"),
    *(of_a_version(f"/{move}", {"post": move}, f"server-version-{move}") for move in MOVES),
    *router.urls,
]
