"""What the operators decide for the servers of a name, a namespace, or all.

A policy counts for what happens from then on: what awaits its review goes on waiting.
"""

from datetime import datetime
from typing import TypedDict

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.access import server_pattern
from registry_site.lib.canonical_json import fingerprint
from servers.models import Policy


class PolicyExists(Exception):
    """There is a policy for this pattern."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"There is a policy for {pattern} already.")


class DefaultPolicy(Exception):
    """The policy for every server stays."""

    def __init__(self) -> None:
        super().__init__("The policy for every server (*) can be changed, not deleted.")


class StalePolicy(Exception):
    """The policy is not any more what the change was based on."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"The policy for {pattern} has changed since.")


class PolicyChanges(TypedDict, total=False):
    """What a policy says."""

    review: Policy.Review
    drift: Policy.Drift


@transaction.atomic
def create_policy(*, pattern: str, changes: PolicyChanges, now: datetime) -> Policy:
    """Decide for the servers of ``pattern``. Raises ``InvalidPattern`` and ``PolicyExists``."""
    policy = Policy(pattern=server_pattern(pattern), **changes)
    try:
        with transaction.atomic():
            policy.save(force_insert=True)
    except IntegrityError as error:
        raise PolicyExists(policy.pattern) from error
    after = facts_of_policy(policy)
    audit.record(action="policy.create", subject=policy.pattern, after=after, now=now)
    return policy


@transaction.atomic
def change_policy(
    *, policy: Policy, changes: PolicyChanges, now: datetime, expected: str | None = None
) -> None:
    """Decide otherwise. ``expected`` is the fingerprint of what the change is based on.

    Raises ``StalePolicy``.
    """
    _lock(policy, expected)
    before = facts_of_policy(policy)
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.save()
    after = facts_of_policy(policy)
    audit.record_change(
        action="policy.change", subject=policy.pattern, before=before, after=after, now=now
    )


@transaction.atomic
def delete_policy(*, policy: Policy, now: datetime, expected: str | None = None) -> None:
    """Leave the servers of its pattern to the next wider policy.

    Raises ``DefaultPolicy`` and ``StalePolicy``.
    """
    if policy.is_default:
        raise DefaultPolicy
    _lock(policy, expected)
    before = facts_of_policy(policy)
    policy.delete()
    audit.record(action="policy.delete", subject=policy.pattern, before=before, now=now)


def facts_of_policy(policy: Policy) -> audit.Facts:
    """What a policy says, for the audit trail."""
    return {"review": str(policy.review), "drift": str(policy.drift)}


def policy_fingerprint(policy: Policy) -> str:
    """By which a policy is known to be what somebody has seen."""
    return fingerprint({"pattern": policy.pattern, **facts_of_policy(policy)})


def _lock(policy: Policy, expected: str | None) -> None:
    policy.refresh_from_db(from_queryset=Policy.objects.select_for_update())
    if expected is not None and expected != policy_fingerprint(policy):
        raise StalePolicy(policy.pattern)
