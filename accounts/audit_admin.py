"""The audit trail in the admin: to be searched, filtered and exported, never to be touched."""

from django.contrib import admin
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import Truncator

from accounts.audit_export import Format, exported
from accounts.models import AuditEvent
from accounts.querysets import AuditEventQuerySet
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.pretty_json import pretty
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from registry_site.lib.streaming import streamed

# Characters of a text in the list; the event's own page has all of it.
LONGEST_IN_LIST = 30
NOTHING = "-"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Every change and every refused attempt, the newest first."""

    list_display = ["at", "actor", "outcome", "action", "short_subject", "short_via"]
    list_filter = ["outcome"]
    search_fields = ["subject", "actor", "action", "via", "address", "detail"]
    search_help_text = "Subject, actor, action, credentials, address or reason"
    date_hierarchy = "at"
    fields = [
        "at",
        "outcome",
        "action",
        "subject",
        "actor",
        "via",
        "address",
        "pretty_before",
        "pretty_after",
        "detail",
    ]
    actions = ["export_csv", "export_json_lines"]
    # The number of all events beside that of the found ones costs a second count of the table.
    show_full_result_count = False

    @admin.display(description="subject", ordering="subject")
    def short_subject(self, event: AuditEvent) -> str:
        return Truncator(event.subject).chars(LONGEST_IN_LIST)

    @admin.display(description="via", ordering="via")
    def short_via(self, event: AuditEvent) -> str:
        return Truncator(event.via).chars(LONGEST_IN_LIST)

    @admin.display(description="before")
    def pretty_before(self, event: AuditEvent) -> str:
        return pretty(event.before) if event.before is not None else NOTHING

    @admin.display(description="after")
    def pretty_after(self, event: AuditEvent) -> str:
        return pretty(event.after) if event.after is not None else NOTHING

    @admin.action(description="Export the selected events as CSV")
    def export_csv(self, request: HttpRequest, events: AuditEventQuerySet) -> StreamingHttpResponse:
        return _file(request, events, Format.CSV)

    @admin.action(description="Export the selected events as JSON lines")
    def export_json_lines(
        self, request: HttpRequest, events: AuditEventQuerySet
    ) -> StreamingHttpResponse:
        return _file(request, events, Format.JSON_LINES)


def _file(
    request: HttpRequest, events: AuditEventQuerySet, written_as: Format
) -> StreamingHttpResponse:
    return streamed(
        request,
        exported(events, written_as),
        content_type=written_as.content_type,
        filename=written_as.filename,
    )
