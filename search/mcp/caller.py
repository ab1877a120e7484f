"""Who calls a tool and when, and what a tool or a resource may refuse."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction

from accounts import audit
from accounts.services import Principal
from registry_site.lib.printable import printable
from search.mcp.texts import shortened
from servers.models import LONGEST_NAME, Server

logger = logging.getLogger(__name__)

# As the audit trail names what the middleware refuses at this address.
ACTION = "POST mcp"


class ToolError(Exception):
    """Nothing came of a call; the message says to an agent why."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    principal: Principal
    now: datetime

    def server(self, name: str) -> Server:
        """The server of this name, in whichever case, if the caller may see it.

        Raises ``ToolError``, which says the same of a hidden server as of none.
        """
        visible = Server.objects.visible_to(self.principal)
        # An address can carry U+0000, with which no database compares.
        server = None if "\0" in name else visible.filter(name_key=name.lower()).first()
        if server is None:
            self._note_refusal(name)
            raise ToolError(f"There is no server {shortened(name, LONGEST_NAME)}.")
        return server

    def _note_refusal(self, name: str) -> None:
        """Write down, as of a 404 of the REST API, which server an account asked for in vain."""
        if not self.principal.is_authenticated:
            return
        subject = printable(name[:LONGEST_NAME], instead="\N{REPLACEMENT CHARACTER}")
        try:
            with transaction.atomic():
                audit.record_denial(
                    action=ACTION, subject=subject, detail="There is no server.", now=self.now
                )
        except DatabaseError:
            logger.exception("A refusal could not be written to the audit trail.")
