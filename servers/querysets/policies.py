"""What can be asked of the policies; chainable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Length

from accounts.access import patterns_of

if TYPE_CHECKING:
    from servers.models import Policy


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Policies, of which the most specific counts."""

    def for_name(self, name: str) -> Policy:
        """The policy of the server ``name``: its own, its namespace's, or that of all."""
        covering = self.filter(pattern__in=patterns_of(name))
        return covering.order_by(Length("pattern").desc()).first() or self._of_all()

    def _of_all(self) -> Policy:
        """Made again with what it says by default, should somebody have deleted the row."""
        return self.get_or_create(pattern="*")[0]
