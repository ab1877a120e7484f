"""Policies in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from registry_site.lib.admin_search import BoundedSearchAdmin
from servers import services
from servers.forms import PolicyForm
from servers.models import Policy


@admin.register(Policy)
class PolicyAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """What holds for the servers of a pattern. The pattern of a policy stays."""

    form = PolicyForm
    list_display = ["pattern", "review", "drift"]
    list_filter = ["review", "drift"]
    search_fields = ["pattern"]

    def get_readonly_fields(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        return [] if obj is None else ["pattern"]

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    def get_actions(self, request: HttpRequest) -> Any:
        """None: policies are deleted one by one, for that for every server stays."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: bool) -> None:
        data, now = form.cleaned_data, timezone.now()
        changes = services.PolicyChanges(review=data["review"], drift=data["drift"])
        if change:
            services.change_policy(policy=obj, changes=changes, now=now)
            return
        made = services.create_policy(pattern=data["pattern"], changes=changes, now=now)
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Policy) -> None:
        services.delete_policy(policy=obj, now=timezone.now())
