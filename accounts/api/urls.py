"""The addresses of accounts in the REST API."""

from django.urls import include, path, re_path

from accounts.api.viewsets import MeView, TokenViewSet
from registry_site.lib.routers import Router

router = Router()
router.register("tokens", TokenViewSet, basename="token")

urlpatterns = [
    re_path(r"^me/?$", MeView.as_view(), name="me"),
    path("", include(router.urls)),
]
