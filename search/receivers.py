"""What search does when the catalogue tells of a change: it rings, and the task does the rest."""

from typing import Any

from django.dispatch import receiver

from registry_site.lib import doorbell
from search.tasks import refresh
from servers.signals import catalogue_changed


@receiver(catalogue_changed, dispatch_uid="search.ring_for_refresh")
def ring_for_refresh(**_: Any) -> None:
    """Ask for a refresh. Without a broker the change waits for beat, it is not lost."""
    doorbell.ring(refresh)
