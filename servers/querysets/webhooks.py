"""What can be asked of webhooks and deliveries at once; chainable."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.access import Action
from servers.access import Visibility

if TYPE_CHECKING:
    from accounts.services import Principal
    from servers.models import (  # noqa: F401 - named in the type parameters below
        Server,
        Webhook,
        WebhookDelivery,
    )


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks, and the lease on each: every change of it is one conditional update."""

    def of(self, server: Server) -> Self:
        """Those that are told of what happens to ``server``.

        An admin of a team does not see its private servers, nor does a webhook of the team. One
        for all servers is told nothing once its maker is an administrator no more.
        """
        whose = Q(team=None, created_by__is_superuser=True, created_by__is_active=True)
        if server.visibility != Visibility.PRIVATE:
            whose |= Q(team=server.team_id)
        return self.filter(whose, enabled=True)

    def managed_by(self, principal: Principal) -> Self:
        """All for an administrator, and those of the teams whose admin ``principal`` is."""
        if not principal.is_unlimited:
            return self.none()
        if principal.is_administrator:
            return self
        return self.filter(team__in=principal.teams_allowing(Action.ADMINISTER))

    def due(self, now: datetime) -> Self:
        """Those with something to send that nobody is at, the longest waiting for a turn first."""
        from servers.models import WebhookDelivery  # the models import this module

        waiting = WebhookDelivery.objects.due(now).filter(webhook=OuterRef("pk"))
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        return self.filter(free, Exists(waiting.order_by()), enabled=True).order_by(
            F("lease_until").asc(nulls_first=True), "pk"
        )

    def held_with(self, token: str) -> Self:
        """Those that carry the lease ``token``."""
        return self.filter(lease_token=token)


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Deliveries, narrowed."""

    def due(self, now: datetime) -> Self:
        """Those whose time has come, in the order in which they are sent."""
        return self.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")

    def in_state(self, state: str) -> Self:
        """Those that are pending, delivered or given up."""
        from servers.models import WebhookDelivery  # the models import this module

        states = WebhookDelivery.State
        if state == states.DELIVERED:
            return self.filter(delivered_at__isnull=False)
        waiting = state == states.PENDING
        return self.filter(delivered_at__isnull=True, next_attempt_at__isnull=not waiting)

    def over(self, *, before: datetime) -> Self:
        """Those made before then of which nothing comes any more."""
        done = Q(next_attempt_at__isnull=True) | Q(webhook__enabled=False)
        return self.filter(done, created_at__lt=before)
