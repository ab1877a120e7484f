"""Every address Rollcall answers: each app's own, the admin and the API description."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from registry_site.liveness import livez

urlpatterns = [
    path("livez", livez, name="livez"),
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("api/", include("accounts.api.urls")),
    path("api/", include("servers.api.urls")),
    path("api/", include("search.api.urls")),
    path("api/", include("healthchecks.api.urls")),
    path("v0.1/", include("servers.registry_api.urls")),
    path("v0/", include("servers.registry_api.urls")),
    path("", include("accounts.urls")),
    path("", include("search.urls")),
    path("", include("servers.urls")),
]

handler400 = "registry_site.errors.bad_request"
handler404 = "registry_site.errors.not_found"
handler500 = "registry_site.errors.server_error"
