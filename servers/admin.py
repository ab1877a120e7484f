"""The catalogue in the admin. Every change goes through the same services as the API's.

Documents and tools are read here, never edited: a document changes by a new version, tools are
what the server lists.
"""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Team, User
from accounts.services import principal_of
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.pretty_json import pretty
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers import services
from servers.access import Visibility
from servers.forms import RegistrationForm, TagForm
from servers.models import Server, ServerVersion, Tag, Tool


class VersionInline(ReadOnlyAdmin, admin.TabularInline):
    model = ServerVersion
    fields = ["version", "is_latest", "published_at"]
    show_change_link = True


class ToolInline(ReadOnlyAdmin, admin.TabularInline):
    model = Tool
    fields = ["name", "description", "last_seen_at", "removed_at"]
    show_change_link = True


@admin.register(Server)
class ServerAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    list_display = [
        "name",
        "health_in_words",
        "tool_count",
        "team",
        "visibility",
        "enabled",
    ]
    list_filter = [
        "team",
        "visibility",
        "health_state",
        "transport",
        "enabled",
        "monitored",
        "category",
        "tags",
    ]
    search_fields = ["name", "title", "description"]
    date_hierarchy = "created_at"
    ordering = ["name"]
    filter_horizontal = ["tags"]
    readonly_fields = [
        "name",
        "title",
        "description",
        "transport",
        "endpoint_url",
        "health_in_words",
        "health_reason",
        "health_checked_at",
        "document",
        "registered_by",
        "created_at",
        "updated_at",
    ]
    inlines = [VersionInline, ToolInline]
    actions = ["enable", "disable"]

    class Media:
        css = {"all": ["servers/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        servers = Server.objects.with_tool_count(principal_of(request)).with_latest_version()
        return servers.select_related("team")

    def get_form(
        self, request: HttpRequest, obj: Server | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = RegistrationForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Server | None = None) -> Any:
        kept = ["team", "visibility", "category", "tags", "monitored"]
        if obj is None:
            return [(None, {"fields": ["document", *kept]})]
        about = ["name", "title", "description", "transport", "endpoint_url"]
        health = ["health_in_words", "health_reason", "health_checked_at"]
        return [
            (None, {"fields": about}),
            ("In this registry", {"fields": ["enabled", *kept]}),
            ("Health", {"fields": health}),
            ("History", {"fields": ["registered_by", "created_at", "updated_at"]}),
            ("server.json", {"fields": ["document"]}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"team": Team.objects.default(), **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Server | None = None) -> Any:
        return [] if obj is None else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Server | None) -> Any:
        return [] if obj is None else self.inlines

    @admin.display(description="health", ordering="health_state")
    def health_in_words(self, server: Server) -> SafeString:
        label = server.get_health_state_display()
        return format_html('<span class="health health-{}">{}</span>', server.health_state, label)

    @admin.display(description="tools", ordering="tool_count")
    def tool_count(self, server: Any) -> int:
        return int(server.tool_count)

    @admin.display(description="latest document")
    def document(self, server: Server) -> SafeString:
        return pretty(server.latest_version.document)

    def save_model(self, request: HttpRequest, obj: Server, form: BaseForm, change: bool) -> None:
        data = form.cleaned_data
        tags = [tag.name for tag in data["tags"]]
        if change:
            changes = services.ServerChanges(
                tags=tags,
                category=data["category"],
                monitored=data["monitored"],
                enabled=data["enabled"],
                team=data["team"],
                visibility=Visibility(data["visibility"]),
            )
            services.update_server(server=obj, changes=changes, now=timezone.now())
            return
        registered = services.register_server(
            document=data["document"],
            now=timezone.now(),
            registered_by=cast("User", request.user),
            team=data["team"],
            visibility=Visibility(data["visibility"]),
            tags=tags,
            category=data["category"],
            monitored=data["monitored"],
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk, obj.name = registered.pk, registered.name

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The tags went through the service; of the inlines, which are read-only, a record."""
        for formset in formsets:
            formset.save()  # writes nothing, and notes that for the admin's log

    def delete_model(self, request: HttpRequest, obj: Server) -> None:
        services.delete_server(server=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Server]) -> None:
        for server in queryset:
            services.delete_server(server=server, now=timezone.now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may delete a server may delete what belongs to it, although not by itself."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    @admin.action(description="Enable: show to all who may see it", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Server]) -> None:
        self._set_enabled(request, queryset, enabled=True)

    @admin.action(description="Disable: show to those who may edit it", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Server]) -> None:
        self._set_enabled(request, queryset, enabled=False)

    def _set_enabled(
        self, request: HttpRequest, queryset: QuerySet[Server], *, enabled: bool
    ) -> None:
        for server in queryset:
            services.set_enabled(server=server, enabled=enabled, now=timezone.now())
        word = "enabled" if enabled else "disabled"
        self.message_user(request, f"{len(queryset)} server(s) {word}.")


@admin.register(ServerVersion)
class ServerVersionAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["server", "version", "is_latest", "published_at"]
    list_filter = ["is_latest"]
    list_select_related = ["server"]
    search_fields = ["server__name", "version"]
    date_hierarchy = "published_at"
    fields = ["server", "version", "is_latest", "published_at", "repairs", "pretty_document"]

    class Media:
        css = {"all": ["servers/admin.css"]}

    @admin.display(description="server.json")
    def pretty_document(self, version: ServerVersion) -> SafeString:
        return pretty(version.document)


@admin.register(Tool)
class ToolAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["name", "server", "title", "last_seen_at", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter)]
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
        "pretty_definition",
    ]

    class Media:
        css = {"all": ["servers/admin.css"]}

    @admin.display(description="as tools/list gave it")
    def pretty_definition(self, tool: Tool) -> SafeString:
        return pretty(tool.definition)


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
