"""Servers in the admin."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from accounts.models import AuditEvent, Team, User
from accounts.services import principal_of
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.pretty_json import pretty
from servers import services
from servers.access import Visibility
from servers.admin.actions import ServerActions
from servers.admin.features import ToolInline
from servers.admin.filters import LifeFilter
from servers.admin.versions import VersionInline
from servers.forms import RegistrationForm, ServerForm, in_words
from servers.models import Server

# Of the audit trail, on the page of a server; the trail itself has all of it.
MOST_EVENTS = 10
AT_REGISTRATION = ["team", "visibility", "category", "tags", "monitored"]
CHANGEABLE = [
    "based_on",
    "enabled",
    *AT_REGISTRATION,
    "aliases",
    "contact",
    "runbook_url",
    "labels",
    "successor",
    "pinned",
]


@admin.register(Server)
class ServerAdmin(ServerActions, BoundedSearchAdmin, admin.ModelAdmin):
    """A deleted server is shown as it was; nothing but to restore it can be done to it."""

    form = ServerForm
    list_display = ["name", "health_in_words", "tool_count", "team", "visibility", "life"]
    list_filter = [
        LifeFilter,
        "team",
        "visibility",
        "health_state",
        "transport",
        "enabled",
        "monitored",
        "pinned",
        ("source", admin.RelatedOnlyFieldListFilter),
        "category",
        "tags",
    ]
    search_fields = ["name", "title", "description"]
    date_hierarchy = "created_at"
    ordering = ["name"]
    filter_horizontal = ["tags"]
    autocomplete_fields = ["successor"]
    readonly_fields = [
        "name",
        "title",
        "description",
        "transport",
        "endpoint_url",
        "life",
        "source",
        "health_in_words",
        "health_reason",
        "health_checked_at",
        "document",
        "owner",
        "created_at",
        "updated_at",
        "history",
    ]
    inlines = [VersionInline, ToolInline]
    actions = ["enable", "disable", "deprecate", "restore", "move_to_team", "add_tag"]

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
        if obj is None:
            return [(None, {"fields": ["document", "draft", *AT_REGISTRATION]})]
        about = ["name", "title", "description", "transport", "endpoint_url", "life", "source"]
        kept = ["visibility", "team"] if obj.deleted_at else CHANGEABLE
        health = ["health_in_words", "health_reason", "health_checked_at"]
        past = ["owner", "created_at", "updated_at", "history"]
        return [
            (None, {"fields": about}),
            ("In this registry", {"fields": kept}),
            ("Health", {"fields": health}),
            ("History", {"fields": past}),
            ("server.json", {"fields": ["document"]}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"team": Team.objects.default(), **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Server | None = None) -> Any:
        return [] if obj is None else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Server | None) -> Any:
        return [] if obj is None else self.inlines

    def has_change_permission(self, request: HttpRequest, obj: Server | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.deleted_at)

    def has_delete_permission(self, request: HttpRequest, obj: Server | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.deleted_at)

    def view_on_site(self, obj: Server) -> str | None:
        return None if obj.deleted_at else obj.get_absolute_url()

    @admin.display(description="owner", empty_value="-")
    def owner(self, server: Server) -> User | None:
        return server.registered_by

    @admin.display(description="health", ordering="health_state")
    def health_in_words(self, server: Server) -> SafeString:
        label = server.get_health_state_display()
        return format_html('<span class="health health-{}">{}</span>', server.health_state, label)

    @admin.display(description="tools", ordering="tool_count")
    def tool_count(self, server: Any) -> int:
        return int(server.tool_count)

    @admin.display(description="life")
    def life(self, server: Server) -> str:
        """What of it says most about who sees it."""
        if server.deleted_at:
            return f"deleted {server.deleted_at:%Y-%m-%d %H:%M}"
        if not server.published:
            return str(server.latest_version.get_review_state_display())
        return server.latest_version.status if server.enabled else "disabled"

    @admin.display(description="latest document")
    def document(self, server: Server) -> SafeString:
        return pretty(server.latest_version.document)

    @admin.display(description="last changes")
    def history(self, server: Server) -> SafeString:
        rows = [
            (f"{event.at:%Y-%m-%d %H:%M}", event.actor or event.via, event.action, _about(event))
            for event in services.history_of(server)[:MOST_EVENTS]
        ]
        trail = reverse("admin:accounts_auditevent_changelist")
        return format_html(
            '<table class="history"><tbody>{}</tbody></table><a href="{}?{}">All of them</a>',
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
            trail,
            urlencode({"q": server.name}),
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A change that came too late after its form was checked starts again, too."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except services.StaleWrite as stale:
            self.message_user(request, in_words(stale), messages.ERROR)
        except (services.AliasTaken, Server.DoesNotExist) as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: Server, form: Any, change: bool) -> None:
        data, now = form.cleaned_data, timezone.now()
        fields = CHANGEABLE[1:] if change else AT_REGISTRATION
        beside = cast("services.ServerChanges", {name: data[name] for name in fields})
        beside["tags"] = [tag.name for tag in data["tags"]]
        beside["visibility"] = Visibility(data["visibility"])
        if change:
            expected = data["based_on"]
            services.update_server(server=obj, changes=beside, now=now, expected=expected)
            return
        beside["registered_by"] = cast("User", request.user)
        registered = services.register_server(
            document=data["document"], draft=data["draft"], now=now, **beside
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
        """What belongs to a server stays with it, until it is restored or purged."""
        return [f"{server}, which can be restored" for server in objs], {}, set(), []


def _about(event: AuditEvent) -> str:
    """Which version or which fields an event was about, and what was said with it."""
    facts: dict[str, Any] = event.after or {}
    changed = [name for name in event.before or () if name in facts]
    about = [facts["version"]] if "version" in facts else changed
    return " ".join(filter(None, [", ".join(about), facts.get("reason") or event.detail]))
