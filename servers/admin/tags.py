"""Tags in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from registry_site.lib.admin_search import BoundedSearchAdmin
from servers.forms import TagForm
from servers.models import Tag


@admin.register(Tag)
class TagAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """Tags are added here and given to servers there."""

    form = TagForm
    list_display = ["name", "servers_with_it"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return Tag.objects.annotate(server_count=Count("servers"))

    @admin.display(description="servers", ordering="server_count")
    def servers_with_it(self, tag: Any) -> int:
        return int(tag.server_count)

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False
