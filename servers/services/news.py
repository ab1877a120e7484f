"""Tells whoever follows the catalogue that it has changed."""

from collections.abc import Sequence

from django.db import transaction

from servers.models import Server
from servers.signals import catalogue_changed


def announce(server_ids: Sequence[int]) -> None:
    """Tell whoever listens, once the transaction is committed; a failing listener stops nobody."""
    transaction.on_commit(
        lambda: catalogue_changed.send_robust(sender=Server, server_ids=list(server_ids)),
        robust=True,
    )
