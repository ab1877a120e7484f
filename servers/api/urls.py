"""The addresses of the catalogue in the REST API."""

from django.urls import path, re_path

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

SERVER = r"^servers/(?P<name>[^/]+/[^/]+)"
GRANTS = r"^servers/(?P<name>[^/]+/[^/]+)/grants"
VERSIONS = r"^servers/(?P<name>[^/]+/[^/]+)/versions"
VERSION = rf"{VERSIONS}/(?P<version>[^/]+)"
MOVES = ("submit", "withdraw", "approve", "reject")
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
    re_path(
        r"^servers/(?P<name>[^/]+/[^/]+)/findings/?$",
        FindingViewSet.as_view({"get": "list"}),
        name="server-findings",
    ),
    re_path(
        # A tool's name may hold slashes.
        rf"{SERVER}/tools/(?P<tool>.+?)/?$",
        FeatureViewSet.as_view({"get": "tool"}),
        name="server-tool",
    ),
    *(
        re_path(
            rf"{SERVER}/{kind}/?$", FeatureViewSet.as_view({"get": kind}), name=f"server-{kind}"
        )
        for kind in ("prompts", "resources")
    ),
    re_path(
        rf"{SERVER}/changes/?$",
        ServerChangeViewSet.as_view({"get": "list"}),
        name="server-changes",
    ),
    re_path(
        rf"{SERVER}/changes/accept/?$",
        ServerChangeViewSet.as_view({"post": "accept"}),
        name="server-changes-accept",
    ),
    re_path(
        rf"{SERVER}/credentials/?$",
        CredentialViewSet.as_view({"get": "list"}),
        name="server-credentials",
    ),
    re_path(
        rf"{SERVER}/credentials/(?P<header>[^/]+)/?$",
        CredentialViewSet.as_view({"put": "update", "delete": "destroy"}),
        name="server-credential",
    ),
    re_path(
        rf"{VERSIONS}/?$", ServerVersionViewSet.as_view({"get": "list"}), name="server-versions"
    ),
    re_path(
        rf"{VERSION}/?$",
        ServerVersionViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="server-version",
    ),
    re_path(
        rf"{VERSION}/diff/?$",
        ServerVersionViewSet.as_view({"get": "diff"}),
        name="server-version-diff",
    ),
    re_path(
        rf"{VERSION}/status/?$",
        ServerVersionViewSet.as_view({"patch": "set_status"}),
        name="server-version-status",
    ),
    *(
        re_path(
            rf"{VERSION}/{move}/?$",
            ServerVersionViewSet.as_view({"post": move}),
            name=f"server-version-{move}",
        )
        for move in MOVES
    ),
    re_path(
        r"^servers/(?P<name>[^/]+/[^/]+)/history/?$",
        ServerHistoryViewSet.as_view({"get": "list"}),
        name="server-history",
    ),
    re_path(r"^servers/bulk/?$", BulkView.as_view(), name="server-bulk"),
    re_path(
        r"^servers/(?P<name>[^/]+/[^/]+)/star/?$",
        StarViewSet.as_view({"put": "update", "delete": "destroy"}),
        name="server-star",
    ),
    path("auth/check", auth_check, name="auth-check"),
    re_path(r"^servers/export/?$", ServerExportView.as_view(), name="server-export"),
    re_path(r"^servers/allow-list/?$", AllowListView.as_view(), name="server-allow-list"),
    re_path(
        r"^servers/(?P<name>[^/]+/[^/]+)/configuration/?$",
        ClientConfigurationViewSet.as_view({"get": "retrieve"}),
        name="server-configuration",
    ),
    *router.urls,
]
