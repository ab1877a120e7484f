"""The addresses of the search page and of the MCP endpoint."""

from django.urls import path, re_path

from search import views
from search.mcp.views import McpView

urlpatterns = [
    path("search", views.results, name="search"),
    path("search/chosen", views.chosen, name="search-chosen"),
    re_path(r"^mcp/?$", McpView.as_view(), name="mcp"),
]
