"""The addresses of search in the REST API."""

from django.urls import re_path

from registry_site.lib.routers import Router
from search.api.feedback import ClicksView, MySearchLogView, SearchReportView
from search.api.suggestions import SimilarView, SuggestView
from search.api.viewsets import SearchViewSet

router = Router()
router.register("search", SearchViewSet, basename="search")

urlpatterns = [
    re_path(r"^suggest/?$", SuggestView.as_view(), name="suggest"),
    re_path(r"^servers/(?P<name>[^/]+/[^/]+)/similar/?$", SimilarView.as_view(), name="similar"),
    re_path(r"^search/clicks/?$", ClicksView.as_view(), name="search-clicks"),
    re_path(r"^search/report/?$", SearchReportView.as_view(), name="search-report"),
    re_path(r"^me/search-log/?$", MySearchLogView.as_view(), name="my-search-log"),
    *router.urls,
]
