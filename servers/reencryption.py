"""Encrypts again, with the present ``SECRET_KEY``, all that was encrypted with an earlier one.

Afterwards the earlier key can be forgotten. Sessions are left to end with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models

from accounts import audit
from accounts.encryption import Undecipherable, reencrypt
from accounts.services import reencrypt_second_factors
from servers.models import Source, UpstreamCredential, Webhook
from servers.services.credentials import PURPOSE as CREDENTIAL
from servers.sources.registry import CREDENTIAL_PURPOSE as SOURCE
from servers.webhooks.signing import PURPOSE as WEBHOOK


class Encrypted(NamedTuple):
    """A column of texts that were encrypted for ``purpose``."""

    model: type[models.Model]
    column: str
    purpose: str


COLUMNS = (
    Encrypted(UpstreamCredential, "value", CREDENTIAL),
    Encrypted(Webhook, "secret", WEBHOOK),
    Encrypted(Webhook, "old_secret", WEBHOOK),
    Encrypted(Source, "credential", SOURCE),
)


@dataclass
class Report:
    """How many secrets were encrypted again, and which none of the known keys opens."""

    done: int = 0
    undecipherable: list[str] = field(default_factory=list)


def reencrypt_everything(*, now: datetime) -> Report:
    """May be run again at any time, also while the program runs.

    What cannot be deciphered stays as it is, to be set anew by those it belongs to.
    """
    second_factors, lost = reencrypt_second_factors()
    report = Report(second_factors, [f"second factor of {username}" for username in lost])
    for encrypted in COLUMNS:
        for row, text in _texts(encrypted):
            _reencrypt(encrypted, row, text, report)
    after = {"done": report.done, "undecipherable": len(report.undecipherable)}
    audit.record(action="secrets.reencrypt", subject="secrets", after=after, now=now)
    return report


def _texts(encrypted: Encrypted) -> Iterator[tuple[Any, str]]:
    rows = encrypted.model._default_manager.exclude(**{encrypted.column: ""}).order_by("pk")
    for row in rows.iterator():
        yield row, getattr(row, encrypted.column)


def _reencrypt(encrypted: Encrypted, row: Any, text: str, report: Report) -> None:
    """Unless somebody sets it anew at this moment, which is then encrypted with the present key."""
    try:
        again = reencrypt(text, purpose=encrypted.purpose)
    except Undecipherable:
        name = encrypted.model._meta.verbose_name
        report.undecipherable.append(f"{name} {row.pk} ({row})")
        return
    unchanged = encrypted.model._default_manager.filter(pk=row.pk, **{encrypted.column: text})
    report.done += unchanged.update(**{encrypted.column: again})
