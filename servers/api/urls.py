"""The addresses of the catalogue in the REST API."""

from registry_site.lib.routers import Router
from servers.api.viewsets import ServerViewSet, TagViewSet

router = Router()
router.register("servers", ServerViewSet, basename="server")
router.register("tags", TagViewSet, basename="tag")

urlpatterns = router.urls
