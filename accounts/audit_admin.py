"""The audit trail in the admin: to be searched, filtered and exported, never to be touched."""

from django.contrib import admin
from django.http import HttpRequest, StreamingHttpResponse

from accounts.audit_export import Format, exported
from accounts.models import AuditEvent
from accounts.querysets import AuditEventQuerySet
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from registry_site.lib.streaming import streamed


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Every change and every refused attempt, the newest first."""

    list_display = ["at", "outcome", "action", "subject", "actor", "via", "address"]
    list_filter = ["outcome", "action"]
    search_fields = ["subject", "actor", "action", "via", "address", "detail"]
    search_help_text = "Subject, actor, action, credentials, address or reason"
    date_hierarchy = "at"
    actions = ["export_csv", "export_json_lines"]
    # The number of all events beside that of the found ones costs a second count of the table.
    show_full_result_count = False

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
