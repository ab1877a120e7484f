"""The tools of servers in the admin, to be read."""

from django.contrib import admin
from django.utils.safestring import SafeString

from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers.admin.foreign import foreign_json
from servers.models import Tool


class ToolInline(ReadOnlyAdmin, admin.TabularInline):
    model = Tool
    fields = ["name", "description", "last_seen_at", "removed_at"]
    show_change_link = True


@admin.register(Tool)
class ToolAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["name", "server", "title", "last_seen_at", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter), "held"]
    list_select_related = ["server"]
    search_fields = ["name", "title", "description", "server__name"]
    fields = [
        "server",
        "name",
        "title",
        "description",
        "first_seen_at",
        "last_seen_at",
        "removed_at",
        "version",
        "held",
        "pretty_definition",
        "pretty_observed",
    ]

    class Media:
        css = {"all": ["servers/admin.css"]}

    @admin.display(description="as tools/list gave it")
    def pretty_definition(self, tool: Tool) -> SafeString:
        return foreign_json(tool.definition)

    @admin.display(description="what it lists by now, held back")
    def pretty_observed(self, tool: Tool) -> SafeString:
        return foreign_json(tool.observed)
