"""What health does when the catalogue says that something changed."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from healthchecks import services
from healthchecks.tasks import sweep
from registry_site.lib import doorbell
from servers.signals import catalogue_changed, probes_wanted


@receiver(catalogue_changed, dispatch_uid="healthchecks.probe_what_is_new")
def probe_what_is_new(*, server_ids: Sequence[int], **_: Any) -> None:
    """Have new and moved servers probed at once. Tools that a probe recorded ask for no other."""
    if services.ensure_rows(now=timezone.now(), server_ids=server_ids):
        doorbell.ring(sweep)


@receiver(probes_wanted, dispatch_uid="healthchecks.probe_again")
def probe_again(*, server_ids: Sequence[int], **_: Any) -> None:
    """Have servers probed at once that may answer otherwise now."""
    if services.request_checks(server_ids=server_ids, now=timezone.now()):
        doorbell.ring(sweep)
