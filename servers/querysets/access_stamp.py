"""What can be asked of the access stamp."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import connection, models

from registry_site.lib.one_value import one_value

if TYPE_CHECKING:
    from servers.models import AccessStamp  # noqa: F401 - named in the type parameters below


# In SQLite the token has changed with what was written. In PostgreSQL it changes when the
# transaction ends, and what it says until then, after a write, is good for nobody else.
_TOKEN = {
    "sqlite": "SELECT token FROM servers_accessstamp WHERE id = 1",
    "postgresql": (
        "SELECT token || CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN ''"
        " ELSE gen_random_uuid()::text END FROM servers_accessstamp WHERE id = 1"
    ),
}


class AccessStampQuerySet(models.QuerySet["AccessStamp"]):
    """The one row."""

    def current(self) -> str:
        """The token: while it stays the same, who sees what does, too, but for what expires.

        While there is no row (the tables were emptied), each answer is another one.
        """
        return one_value(_TOKEN[connection.vendor]) or str(uuid4())

    def renew(self) -> None:
        """Replace the token: whatever is remembered anywhere counts no more."""
        self.update_or_create(pk=self.model.THE_ONE, defaults={"token": str(uuid4())})
