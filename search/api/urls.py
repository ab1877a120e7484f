"""The addresses of search in the REST API."""

from registry_site.lib.routers import Router
from search.api.viewsets import SearchViewSet

router = Router()
router.register("search", SearchViewSet, basename="search")

urlpatterns = router.urls
