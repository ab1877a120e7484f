"""The search index for administrators, to look at: only the refresh writes it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from search.models import IndexState, SearchEntry, ServerIndexing


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
    list_display = ["id", "server", "tool_name", "text_hash"]
    search_fields = ["server__name", "tool__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchEntry]:
        return super().get_queryset(request).select_related("server", "tool")

    @admin.display(description="tool", empty_value="(the server itself)")
    def tool_name(self, entry: SearchEntry) -> str | None:
        return entry.tool.name if entry.tool else None
