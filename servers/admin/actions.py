"""What can be done to several servers at once in the admin; each by the service for one."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from servers import services
from servers.admin.asking import asked
from servers.forms import DeprecationForm, NewTagForm, TeamForm
from servers.models import Server, Status

REFUSALS = (
    services.InvalidStatus,
    services.MayNotRestore,
    services.UrlTaken,
    Server.DoesNotExist,  # or deleted
)


class ServerActions(admin.ModelAdmin):
    """The actions of the list of servers."""

    @admin.action(description="Enable: show to all who may see it", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Server]) -> None:
        self._each(request, queryset, "enabled", services.set_enabled, enabled=True)

    @admin.action(description="Disable: show to those who may edit it", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Server]) -> None:
        self._each(request, queryset, "disabled", services.set_enabled, enabled=False)

    @admin.action(description="Deprecate…", permissions=["change"])
    def deprecate(
        self, request: HttpRequest, queryset: QuerySet[Server]
    ) -> TemplateResponse | None:
        given = asked(self, request, queryset, DeprecationForm, "Deprecate servers")
        if isinstance(given, TemplateResponse):
            return given
        how = {
            "status": Status.DEPRECATED,
            "message": given["message"],
            "may_restore": self.has_delete_permission(request),
        }
        living = queryset.filter(deleted_at__isnull=True)
        self._each(request, living, "deprecated", services.set_status, **how)
        return None

    @admin.action(description="Restore what is deleted", permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Server]) -> None:
        deleted = queryset.filter(deleted_at__isnull=False)
        self._each(request, deleted, "restored", services.restore_server)

    @admin.action(description="Move to another team…", permissions=["change"])
    def move_to_team(
        self, request: HttpRequest, queryset: QuerySet[Server]
    ) -> TemplateResponse | None:
        given = asked(self, request, queryset, TeamForm, "Move servers")
        if isinstance(given, TemplateResponse):
            return given
        changes = services.ServerChanges(team=given["team"])
        self._each(request, queryset, "moved", services.update_server, changes=changes)
        return None

    @admin.action(description="Add a tag…", permissions=["change"])
    def add_tag(self, request: HttpRequest, queryset: QuerySet[Server]) -> TemplateResponse | None:
        given = asked(self, request, queryset, NewTagForm, "Tag servers")
        if isinstance(given, TemplateResponse):
            return given
        self._each(request, queryset, "tagged", services.tag_server, add=[given["tag"]])
        return None

    def _each(
        self,
        request: HttpRequest,
        servers: QuerySet[Server],
        word: str,
        service: Callable[..., None],
        **how: Any,
    ) -> None:
        """Call ``service`` for each server; say how many it was done to, and why not to others."""
        done = 0
        for server in servers:
            try:
                service(server=server, now=timezone.now(), **how)
                done += 1
            except REFUSALS as error:
                self.message_user(request, f"{server}: {error}", messages.ERROR)
        self.message_user(request, f"{done} server(s) {word}.")
