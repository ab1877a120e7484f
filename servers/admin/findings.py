"""What the description scan warns of, in the admin: read, and found again by the next scan."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers.models import Finding
from servers.scanning import visible


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["rule", "server", "where", "quoted", "message"]
    list_filter = ["rule", "kind"]
    list_select_related = ["server"]
    search_fields = ["server__name", "name", "excerpt"]
    ordering = ["-found_at", "server", "kind", "name", "path", "start"]

    @admin.display(description="where", ordering="name")
    def where(self, finding: Finding) -> str:
        return visible(f"{finding.kind} {finding.name}: {finding.path}")

    @admin.display(description="excerpt")
    def quoted(self, finding: Finding) -> SafeString:
        return format_html("<q>{}</q>", finding.excerpt)
