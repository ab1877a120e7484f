"""People and their API tokens. Permissions are Django's own, given to users and groups."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager

# A token used every second writes its last use once in this time, not once a second.
LAST_USED_PRECISION = timedelta(minutes=1)


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox is untyped
    """A person or a machine account; our own model from the first migration on."""


class ApiToken(AbstractAuthToken):
    """A bearer token. Only its sha256 is kept; the token itself is shown once, when made."""

    # The name of the token in addresses: the primary key is the digest, which nobody is shown.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, help_text="What the token is for.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()

    class Meta:
        ordering = ["-created"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    def is_valid(self, now: datetime) -> bool:
        """Whether the token opens anything at ``now``: not expired, its owner active."""
        return self.user.is_active and (self.expiry is None or now < self.expiry)

    def touch(self, now: datetime) -> None:
        """Note the use of this token at ``now``, to a minute's precision."""
        if self.last_used_at is None or now - self.last_used_at >= LAST_USED_PRECISION:
            self.last_used_at = now
            # An update, unlike save(), does not mind that the token was revoked meanwhile.
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)
