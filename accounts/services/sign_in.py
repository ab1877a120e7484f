"""What an administrator may end of how people and programs sign in: none of it is made here."""

from datetime import datetime
from typing import Any

from allauth.idp.oidc.models import Client
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts import audit


@transaction.atomic
def end_sign_in(*, row: Any, now: datetime) -> None:
    """End a connection to the identity provider, a program or a token of one.

    With a program end all of its tokens. Somebody whose connection was ended is a stranger at the
    next single sign-on.
    """
    action, subject, before = _facts(row)
    deleted, _ = type(row)._base_manager.filter(pk=row.pk).delete()
    if deleted:
        audit.record(action=action, subject=subject, before=before, now=now)


def _facts(row: Any) -> tuple[str, str, dict[str, Any]]:
    """The row in the audit trail: neither secrets nor hashes."""
    if isinstance(row, SocialAccount):
        before = {"issuer": row.provider, "subject": row.uid}
        return "user.single_sign_on.disconnect", row.user.username, before
    if isinstance(row, Client):
        return "oauth.client.delete", row.pk, {"name": row.name}
    owner = row.user.username if row.user else ""
    return "oauth.token.revoke", owner, {"client": row.client_id, "kind": row.type}
