"""The addresses of health in the REST API, below those of the servers."""

from healthchecks.api.viewsets import ServerHealthViewSet
from registry_site.lib.routers import Router

router = Router()
router.register("servers", ServerHealthViewSet, basename="server-health")

urlpatterns = router.urls
