"""The versions of servers in the admin: to be read, compared and reviewed."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.pretty_json import pretty
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers import services
from servers.admin.asking import asked
from servers.admin.foreign import table_of
from servers.comparing import approved_latest, what_changes
from servers.models import ReviewState, Server, ServerVersion
from servers.querysets import ServerVersionQuerySet

NOTHING = "-"
REFUSALS = (
    services.InvalidMove,
    services.UrlTaken,
    Server.DoesNotExist,
    ServerVersion.DoesNotExist,
)


class ReasonForm(forms.Form):
    """Why versions are rejected."""

    reason = forms.CharField(
        max_length=services.LONGEST_REVIEW_REASON,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text="Whoever submitted them reads it.",
    )


class VersionInline(ReadOnlyAdmin, admin.TabularInline):
    model = ServerVersion
    fields = ["version", "review_state", "in_catalogue", "published_at"]
    readonly_fields = ["in_catalogue"]
    show_change_link = True

    @admin.display(description="in the catalogue")
    def in_catalogue(self, version: ServerVersion) -> str:
        return _in_catalogue(version)


@admin.register(ServerVersion)
class ServerVersionAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """With ``?review_state__exact=pending`` the list is the review queue."""

    list_display = [
        "server",
        "version",
        "review_state",
        "submitted_by",
        "in_catalogue",
        "updated_at",
    ]
    list_filter = ["review_state", "status", "is_latest"]
    list_select_related = ["server", "submitted_by"]
    search_fields = ["server__name", "version"]
    date_hierarchy = "published_at"
    actions = ["approve", "reject"]
    change_form_template = "admin/servers/decided_by_buttons.html"
    fieldsets = [
        (None, {"fields": ["server", "version", "in_catalogue", "published_at"]}),
        (
            "Review",
            {"fields": ["review_state", "review_reason", "submitted_by", "decided", "changes"]},
        ),
        ("Life", {"fields": ["status", "status_message", "status_changed_at"]}),
        ("server.json", {"fields": ["repairs", "pretty_document"]}),
    ]

    class Media:
        css = {"all": ["servers/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> ServerVersionQuerySet:
        return ServerVersion.objects.with_what_is_approved()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **how: Any) -> Any:
        if context["original"].review_state == ReviewState.PENDING:
            context["decisions"] = [("approve", "Approve"), ("reject", "Reject…")]
        return super().render_change_form(request, context, *args, **how)

    @admin.display(description="in the catalogue", ordering="status")
    def in_catalogue(self, version: ServerVersion) -> str:
        return _in_catalogue(version)

    @admin.display(description="server.json")
    def pretty_document(self, version: ServerVersion) -> SafeString:
        return pretty(version.document)

    @admin.display(description="decided")
    def decided(self, version: ServerVersion) -> str:
        if version.reviewed_at is None:
            return NOTHING
        by = version.reviewed_by.username if version.reviewed_by else "a command"
        return f"{version.reviewed_at:%Y-%m-%d %H:%M} by {by}"

    @admin.display(description="what it changes")
    def changes(self, version: ServerVersion) -> SafeString | str:
        against, found = approved_latest(version.server), what_changes(version)
        if against is None:
            return "Nothing of this server is approved yet."
        if against == version:
            return "This is the version in the catalogue."
        return format_html("<p>Compared with {}</p>{}", against.version, table_of(found))

    @admin.action(description="Approve: put into the catalogue")
    def approve(self, request: HttpRequest, queryset: QuerySet[ServerVersion]) -> None:
        self._decide(request, queryset, "approved", services.approve_version)

    @admin.action(description="Reject…")
    def reject(
        self, request: HttpRequest, queryset: QuerySet[ServerVersion]
    ) -> TemplateResponse | None:
        given = asked(self, request, queryset, ReasonForm, "Reject versions")
        if isinstance(given, TemplateResponse):
            return given
        self._decide(request, queryset, "rejected", services.reject_version, **given)
        return None

    def _decide(
        self,
        request: HttpRequest,
        versions: QuerySet[ServerVersion],
        word: str,
        service: Callable[..., None],
        **how: Any,
    ) -> None:
        by, done = cast("User", request.user), 0
        for version in versions:
            try:
                service(version=version, by=by, now=timezone.now(), **how)
                done += 1
            except REFUSALS as error:
                self.message_user(request, f"{version}: {error}", messages.ERROR)
        if done:
            self.message_user(request, f"{done} version(s) {word}.")


def _in_catalogue(version: ServerVersion) -> str:
    """Its status, and whether it is the latest: of an approved one, for others are not in it."""
    if version.review_state != ReviewState.APPROVED:
        return NOTHING
    return f"{version.status}, latest" if version.is_latest else str(version.status)
