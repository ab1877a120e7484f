"""The search index and what was searched, for administrators to look at: programs write it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from accounts.services import principal_of
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from search.models import (
    IndexState,
    LoggedSearch,
    ResultUse,
    SearchEntry,
    SearchPreference,
    ServerIndexing,
    Surface,
)
from search.results import Shown
from search.services import EmptyQuery, QueryTooLong, logged_search
from search.services.reporting import search_report

DAYS_OF_THE_REPORT = 30
RESULTS_OF_A_QUESTION = 20


@admin.register(IndexState)
class IndexStateAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    list_display = ["published_version", "published_at", "lease_until", "servers_done"]


@admin.register(ServerIndexing)
class ServerIndexingAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Servers whose text could not be indexed stand first."""

    list_display = ["server", "indexed_revision", "model_key", "failures", "last_error"]
    list_filter = ["model_key", "failures"]
    search_fields = ["server__name"]
    list_select_related = ["server"]


@admin.register(SearchEntry)
class SearchEntryAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Each text that can be found; to ask it as people do, with what scores are made of, stands
    beside the list.
    """

    change_list_template = "admin/search/searchentry/change_list.html"
    list_display = ["id", "server", "tool_name", "text_hash"]
    search_fields = ["server__name", "tool__name"]

    def get_urls(self) -> Any:
        ask = self.admin_site.admin_view(self.ask)
        return [path("ask/", ask, name="search_searchentry_ask"), *super().get_urls()]

    def ask(self, request: HttpRequest) -> HttpResponse:
        """What answers ``?q=``, each score with its parts."""
        query = request.GET.get("q", "")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Ask the search",
            "query": query,
        }
        if query:
            context |= self._answer(request, query)
        return render(request, "admin/search/searchentry/ask.html", context)

    def _answer(self, request: HttpRequest, query: str) -> dict[str, Any]:
        try:
            answer = logged_search(
                principal=principal_of(request),
                surface=Surface.ADMIN,
                now=timezone.now(),
                query=query,
                limit=RESULTS_OF_A_QUESTION,
                shown=Shown(explanations=True),
            )
        except (EmptyQuery, QueryTooLong) as error:
            return {"error": str(error)}
        return {"answer": answer}

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchEntry]:
        return super().get_queryset(request).select_related("server", "tool")

    @admin.display(description="tool", empty_value="(the server itself)")
    def tool_name(self, entry: SearchEntry) -> str | None:
        return entry.tool.name if entry.tool else None


class ResultUseInline(ReadOnlyAdmin, admin.TabularInline):
    model = ResultUse
    fields = ["at", "kind", "server", "tool", "rank"]


@admin.register(LoggedSearch)
class LoggedSearchAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Each search; a report of all of them stands beside the list."""

    change_list_template = "admin/search/loggedsearch/change_list.html"
    list_display = ["at", "surface", "account", "query", "results", "top_score", "duration_ms"]
    list_filter = ["surface", "degraded", "filtered", "at"]
    search_fields = ["query"]
    list_select_related = ["account"]
    exclude = ["shown"]
    inlines = [ResultUseInline]

    def get_urls(self) -> Any:
        report = self.admin_site.admin_view(self.report)
        return [path("report/", report, name="search_loggedsearch_report"), *super().get_urls()]

    def report(self, request: HttpRequest) -> HttpResponse:
        """What was searched lately, and not found."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"The searches of {DAYS_OF_THE_REPORT} days",
            "report": search_report(days=DAYS_OF_THE_REPORT, now=timezone.now()),
        }
        return render(request, "admin/search/loggedsearch/report.html", context)


@admin.register(SearchPreference)
class SearchPreferenceAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """Who does not want to be logged; each account says so for itself."""

    list_display = ["user", "log"]
    list_select_related = ["user"]
