"""The change of the keys that sign, told in the audit trail."""

from datetime import datetime

from accounts import audit, signing_keys
from accounts.signing_keys import SigningKey


def rotate_signing_key(*, now: datetime) -> SigningKey:
    """Make a key, which signs from now on; what the others signed holds until it ends."""
    key = signing_keys.rotate(now=now)
    audit.record(action="signing_key.rotate", subject=key.kid, now=now)
    return key


def prune_signing_keys(*, now: datetime) -> list[str]:
    """Remove the keys that no longer verify anything; their ids."""
    removed = signing_keys.prune(now=now)
    for kid in removed:
        audit.record(action="signing_key.prune", subject=kid, now=now)
    return removed
