"""What can be asked of many tools, prompts, resources and their changes at once; chainable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.access import EVERYTHING, Action
from servers.access import BEHIND_THE_SCENES, Question

if TYPE_CHECKING:
    from accounts.services import Principal
    from servers.models import Effect, FeatureChange  # noqa: F401 - type parameters below


class FeatureQuerySet(models.QuerySet[Any]):
    """Tools, prompts or resources, narrowed."""

    def current(self) -> Self:
        """What the servers offer now, and the policy does not hold back."""
        return self.filter(removed_at__isnull=True, held=False)

    def not_current(self) -> Self:
        """The others: few, as a rule."""
        return self.filter(Q(removed_at__isnull=False) | Q(held=True))

    def with_drifted(self) -> Self:
        """Adds ``drifted``: whether somebody has to look at what changed, or it is held back."""
        from servers.models import FeatureChange  # the models import this module

        these = FeatureChange.objects.undecided().filter(
            kind=self.model.kind, server=OuterRef("server"), name=OuterRef("name")
        )
        return self.annotate(drifted=Exists(these) | Q(held=True) | ~Q(observed_fingerprint=""))

    def visible_to(self, principal: Principal) -> Self:
        """Those of servers that ``principal`` sees as a whole: tool grants do not open them."""
        from servers.models import Server  # the models import this module

        whole = Server.objects.allowed_to(principal, Action.VIEW, whole_servers=True)
        return self.filter(whole.owning_the_row())


class ToolQuerySet(FeatureQuerySet):
    """Tools, narrowed."""

    def visible_to(self, principal: Principal) -> Self:
        """The tools ``principal`` may see: those of visible servers that are open to it."""
        from servers.models import Server  # the models import this module

        visible = Server.objects.visible_to(principal)
        return self.filter(visible.owning_the_row()).open_to(principal)

    def with_effect(self, *effects: Effect) -> Self:
        """The tools that say this of themselves, or leave it to be assumed."""
        return self.filter(effect__in=effects)

    def open_to(self, principal: Principal) -> Self:
        """Of the tools of servers that ``principal`` sees, those it sees.

        That is all of them, but where it sees a server by nothing but grants for some tools.
        """
        from servers.models import Server  # the models import this module

        if not principal.has_grants_for_tools:
            return self
        whole = Server.objects.allowed_to(principal, Action.VIEW, whole_servers=True)
        return self.filter(whole.owning_the_row() | _granted(principal))


def _granted(principal: Principal) -> Exists:
    """That a tool, or a change of one, is covered by a grant for some tools of its server."""
    question = Question(principal=principal, action=Action.VIEW, now=timezone.now())
    covering = (
        question.grants()
        .covering_tool(OuterRef("name"))
        .filter(
            pattern__in=[
                OuterRef("server__name_key"),
                OuterRef("server__namespace_key"),
                EVERYTHING,
            ]
        )
    )
    return Exists(covering)


class FeatureChangeQuerySet(models.QuerySet["FeatureChange"]):
    """Changes, narrowed."""

    def undecided(self) -> Self:
        """What somebody has to look at."""
        from servers.models import FeatureChange  # the models import this module

        return self.filter(state__in=[FeatureChange.State.HELD, FeatureChange.State.OPEN])

    def decided(self) -> Self:
        """The others: what is history."""
        from servers.models import FeatureChange  # the models import this module

        return self.exclude(state__in=[FeatureChange.State.HELD, FeatureChange.State.OPEN])

    def visible_to(self, principal: Principal) -> Self:
        """The changes ``principal`` may see: of what was shown, and of what it sees of that.

        Those who edit or review a server see what is held back from others, too.
        """
        from servers.models import FeatureChange, FeatureKind, Server  # as above

        insiders = [Server.objects.allowed_to(principal, it) for it in BEHIND_THE_SCENES]
        inside = insiders[0].owning_the_row() | insiders[1].owning_the_row()
        shown = Q(state__in=[FeatureChange.State.OPEN, FeatureChange.State.ACCEPTED])
        visible = Server.objects.visible_to(principal).owning_the_row()
        if not principal.has_grants_for_tools:
            return self.filter(inside | shown & visible)
        whole = Server.objects.allowed_to(principal, Action.VIEW, whole_servers=True)
        granted = Q(kind=FeatureKind.TOOL) & visible & _granted(principal)
        return self.filter(inside | shown & (whole.owning_the_row() | granted))

    def to_decide(self, principal: Principal) -> Self:
        """The undecided changes on servers that ``principal`` may review, the oldest first."""
        from servers.models import Server  # the models import this module

        reviewed = Server.objects.allowed_to(principal, Action.REVIEW)
        return self.undecided().filter(reviewed.owning_the_row()).order_by("found_at", "pk")
