"""What servers offer in the admin, to be read, and its changes, on which reviewers decide."""

from itertools import groupby
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from accounts.models import User
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers import services
from servers.admin.asking import asked
from servers.admin.foreign import foreign_json, table_of
from servers.models import Feature, FeatureChange, Finding, Prompt, Resource, Server, Tool
from servers.scanning import visible


class ToolInline(ReadOnlyAdmin, admin.TabularInline):
    model = Tool
    fields = ["name", "description", "last_seen_at", "removed_at"]
    show_change_link = True


@admin.register(Tool, Prompt, Resource)
class FeatureAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    list_display = ["name", "server", "title", "last_seen_at", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter), "held"]
    list_select_related = ["server"]
    search_fields = ["name", "title", "description", "server__name"]
    fields = [
        "server",
        "name",
        "title",
        "description",
        "version",
        "first_seen_at",
        "last_seen_at",
        "removed_at",
        "held",
        "pretty_definition",
        "pretty_observed",
    ]

    class Media:
        css = {"all": ["servers/admin.css"]}

    @admin.display(description="as the server listed it")
    def pretty_definition(self, feature: Feature) -> SafeString:
        return foreign_json(feature.definition)

    @admin.display(description="what it lists by now, held back")
    def pretty_observed(self, feature: Feature) -> SafeString:
        return foreign_json(feature.observed)


UNDECIDED = (FeatureChange.State.HELD, FeatureChange.State.OPEN)


class DecisionForm(ActionForm):
    """The action, and why; a rejection needs a reason."""

    reason = forms.CharField(
        required=False, max_length=services.LONGEST_DECISION_REASON, label="Reason"
    )


class RejectionForm(forms.Form):
    """Why changes are rejected, for those who have not said it yet."""

    reason = forms.CharField(
        max_length=services.LONGEST_DECISION_REASON,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
    )


@admin.register(FeatureChange)
class FeatureChangeAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """Changes are found by checks and decided by the actions; nothing else changes them."""

    list_display = ["what", "server", "state", "fields_that_differ", "found_at"]
    list_filter = ["state", "change", "kind", "server__team"]
    list_select_related = ["server"]
    search_fields = ["name", "server__name"]
    date_hierarchy = "found_at"
    ordering = ["-found_at", "-pk"]
    fields = (
        "server",
        "what",
        "state",
        "version",
        "found_at",
        "decided_at",
        "decided_by",
        "reason",
        "diff",
        "findings",
    )
    change_form_template = "admin/servers/decided_by_buttons.html"
    action_form = DecisionForm
    actions = ["accept", "reject"]

    class Media:
        css = {"all": ["servers/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FeatureChange | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FeatureChange | None = None) -> bool:
        """To decide in the list, that is; a single change is read."""
        return obj is None and super().has_change_permission(request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **how: Any) -> Any:
        if context["original"].state in UNDECIDED and self.has_change_permission(request):
            context["decisions"] = [("accept", "Accept"), ("reject", "Reject…")]
        return super().render_change_form(request, context, *args, **how)

    @admin.display(description="change", ordering="name")
    def what(self, change: FeatureChange) -> str:
        return visible(str(change))

    @admin.display(description="what differs")
    def fields_that_differ(self, change: FeatureChange) -> str:
        paths = filter(None, (each.path for each in change.differences))
        return visible(", ".join(paths)) or "all of it"

    @admin.display(description="findings")
    def findings(self, change: FeatureChange) -> SafeString:
        """How many the scan has of the feature; a link to them."""
        of: dict[str, str | int] = {
            "server__id__exact": change.server_id,
            "kind": change.kind,
            "name": change.name,
        }
        count = Finding.objects.filter(**of).count()
        found = reverse("admin:servers_finding_changelist")
        return format_html('<a href="{}?{}">{} of the scan</a>', found, urlencode(of), count)

    @admin.display(description="field by field")
    def diff(self, change: FeatureChange) -> SafeString:
        return table_of(change.differences)

    @admin.action(description="Accept: show it from now on", permissions=["change"])
    def accept(self, request: HttpRequest, queryset: QuerySet[FeatureChange]) -> None:
        self._decide(request, queryset, services.Decision.ACCEPT)

    @admin.action(
        description="Reject, for a reason: keep what was approved", permissions=["change"]
    )
    def reject(
        self, request: HttpRequest, queryset: QuerySet[FeatureChange]
    ) -> TemplateResponse | None:
        if not request.POST.get("reason", "").strip():
            given = asked(self, request, queryset, RejectionForm, "Reject changes")
            if isinstance(given, TemplateResponse):
                return given
        self._decide(request, queryset, services.Decision.REJECT)
        return None

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[FeatureChange],
        decision: services.Decision,
    ) -> None:
        """All that was chosen of a server, or nothing of it."""
        chosen = queryset.select_related("server").order_by("server", "pk")
        for server, changes in groupby(chosen, key=lambda change: change.server):
            decided = list(changes)
            try:
                services.decide_changes(
                    server=server,
                    changes=decided,
                    decision=decision,
                    by=cast("User", request.user),
                    reason=request.POST.get("reason", "").strip(),
                    now=timezone.now(),
                )
            except (services.AlreadyDecided, Server.DoesNotExist) as error:
                self.message_user(request, f"{server.name}: {error}", messages.ERROR)
            else:
                told = f"{server.name}: {len(decided)} change(s), decision: {decision}."
                self.message_user(request, told)
