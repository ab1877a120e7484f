"""Health in the admin: to look at, and to have servers checked again. Nothing is edited here."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from healthchecks import services
from healthchecks.models import Observation, ServerHealth
from healthchecks.tasks import sweep
from registry_site.lib import doorbell
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin


@admin.register(ServerHealth)
class ServerHealthAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["server", "state", "since", "reason", "last_latency_ms", "next_check_at"]
    list_filter = ["state"]
    list_select_related = ["server"]
    search_fields = ["server__name", "reason"]
    actions = ["check_now"]

    @admin.action(description="Check now")
    def check_now(self, request: HttpRequest, queryset: QuerySet[ServerHealth]) -> None:
        """Make the servers due and ring; a page cannot wait for many probes."""
        ids = list(queryset.values_list("pk", flat=True))
        due = services.request_checks(server_ids=ids, now=timezone.now())
        doorbell.ring(sweep)
        self.message_user(
            request, f"{due} of {len(ids)} servers will be checked.", messages.SUCCESS
        )


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["server", "at", "state", "reason", "latency_ms", "http_status", "tool_count"]
    list_filter = ["state"]
    list_select_related = ["server"]
    search_fields = ["server__name", "reason"]
    date_hierarchy = "at"
