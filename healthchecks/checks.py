"""Settings under which no probe could work, told at the start instead of at every probe."""

from typing import Any

from django.conf import settings
from django.core import checks

from registry_site.lib.outbound import Allowlist


@checks.register
def probes_can_work(**_: Any) -> list[checks.CheckMessage]:
    """One error for each setting that stands in the way of every probe."""
    errors: list[checks.CheckMessage] = []
    try:
        Allowlist.parse(settings.OUTBOUND_ALLOW)
    except ValueError as error:
        errors.append(checks.Error(f"ROLLCALL_OUTBOUND_ALLOW: {error}", id="healthchecks.E001"))
    for name in ("PROBE_INTERVAL", "PROBE_DEADLINE", "PROBE_CONCURRENCY"):
        value = getattr(settings, name)
        if value <= type(value)(0):
            message = f"ROLLCALL_{name} must be greater than zero."
            errors.append(checks.Error(message, id="healthchecks.E002"))
    return errors
