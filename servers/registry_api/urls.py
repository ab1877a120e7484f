"""The addresses of the official registry API, below `/v0.1` and `/v0`.

A server's name is written with its slash or with `%2F`, a version with whatever characters it has:
what arrives here is decoded. Every address answers with and without a slash at its end.
"""

from django.urls import re_path

from servers.registry_api.views import (
    HealthView,
    OfficialServerViewSet,
    PingView,
    PublishView,
    ReleaseView,
)

SERVER = r"^servers/(?P<serverName>[^/]+/[^/]+)"
VERSION = r"versions/(?P<version>.+?)"

servers = OfficialServerViewSet.as_view

urlpatterns = [
    re_path(r"^servers/?$", servers({"get": "index"}), name="official-servers"),
    re_path(rf"{SERVER}/status/?$", servers({"patch": "set_all"}), name="official-statuses"),
    re_path(rf"{SERVER}/versions/?$", servers({"get": "versions"}), name="official-versions"),
    re_path(
        rf"{SERVER}/{VERSION}/status/?$",
        servers({"patch": "set_status"}),
        name="official-status",
    ),
    re_path(
        rf"{SERVER}/{VERSION}/?$",
        servers({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="official-version",
    ),
    re_path(r"^publish/?$", PublishView.as_view(), name="official-publish"),
    re_path(r"^health/?$", HealthView.as_view(), name="official-health"),
    re_path(r"^ping/?$", PingView.as_view(), name="official-ping"),
    re_path(r"^version/?$", ReleaseView.as_view(), name="official-release"),
]
