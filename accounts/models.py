"""People, teams, what they were granted, what they prove themselves with, and what was done."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager

from accounts.access import Action, Role, Scope, parse_scopes
from accounts.querysets import (
    AuditEventQuerySet,
    GrantQuerySet,
    SessionManager,
    TeamQuerySet,
)

# A token used every second writes its last use once in this time, not once a second.
LAST_USED_PRECISION = timedelta(minutes=1)


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox is untyped
    """A person or a machine account. A superuser is an administrator, who may do everything."""

    # Signed tokens (JWT) have no row to delete: those issued before this moment are void.
    credentials_valid_from = models.DateTimeField(null=True, blank=True, editable=False)


class Team(models.Model):
    """People who run servers together. The default team exists always."""

    DEFAULT = "default"

    slug = models.SlugField(max_length=50, unique=True, help_text="The team's name in addresses.")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """A person in a team, with one role."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    # A membership that single sign-on gave is taken back by it, too; one that people gave is not.
    from_sso = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["team", "user"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_a_team"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.team}"


class Grant(models.Model):
    """Allows one user or one team one action on the servers that a pattern covers.

    There are no grants that forbid: what no rule allows is not allowed.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    action = models.CharField(max_length=20, choices=Action)
    pattern = models.CharField(
        max_length=200, help_text="*, namespace/* or namespace/name, in lower case."
    )
    tool_pattern = models.CharField(
        max_length=200, blank=True, help_text="A tool's name or prefix*; empty: every tool."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="Why it was granted.")
    granted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(team__isnull=True),
                name="grant_to_one_user_or_one_team",
            ),
            models.CheckConstraint(
                condition=models.Q(tool_pattern="")
                | models.Q(action__in=[Action.VIEW, Action.CALL]),
                name="tool_pattern_for_view_and_call_only",
            ),
            models.UniqueConstraint(
                fields=["user", "action", "pattern", "tool_pattern"], name="grant_once_a_user"
            ),
            models.UniqueConstraint(
                fields=["team", "action", "pattern", "tool_pattern"], name="grant_once_a_team"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "pattern"], name="grant_user_pattern"),
            models.Index(fields=["team", "pattern"], name="grant_team_pattern"),
        ]

    def __str__(self) -> str:
        tools = f" (tools {self.tool_pattern})" if self.tool_pattern else ""
        return f"{self.holder} may {self.action} {self.pattern}{tools}"

    @property
    def holder(self) -> str:
        """Whom it allows something, in words."""
        return f"user {self.user}" if self.user_id else f"team {self.team}"


class ApiToken(AbstractAuthToken):
    """A bearer token. Only its sha256 is kept; the token itself is shown once, when made."""

    # The name of the token in addresses: the primary key is the digest, which nobody is shown.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, help_text="What the token is for.")
    scopes = models.JSONField(
        null=True,
        blank=True,
        help_text='For instance ["view", "call:com.example/*"]; null: all its owner may do.',
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, blank=True, editable=False)

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()

    class Meta:
        ordering = ["-created"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def parsed_scopes(self) -> tuple[Scope, ...] | None:
        """What it may be used for; ``None``: all that its owner may do."""
        return None if self.scopes is None else parse_scopes(self.scopes)

    def is_valid(self, now: datetime) -> bool:
        """Whether the token opens anything at ``now``: not expired, its owner active."""
        return self.user.is_active and (self.expiry is None or now < self.expiry)

    def touch(self, now: datetime, address: str | None = None) -> None:
        """Note the use of this token at ``now`` from ``address``, to a minute's precision."""
        if self.last_used_at is None or now - self.last_used_at >= LAST_USED_PRECISION:
            self.last_used_at, self.last_used_from = now, address
            # An update, unlike save(), does not mind that the token was revoked meanwhile.
            type(self).objects.filter(pk=self.pk).update(last_used_at=now, last_used_from=address)


class Session(AbstractBaseSession):
    """A browser's session. Its key is kept as a digest only: a dump of the table opens nothing."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="sessions"
    )

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"session of {self.user or 'nobody'}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sessions import SessionStore  # the store imports this module

        return SessionStore


class AuditEvent(models.Model):
    """What was done or refused, by whom, from where. Written once, never changed, never deleted.

    No foreign keys: an event says who it was even when the account is long gone.
    """

    class Outcome(models.TextChoices):
        DONE = "done", "done"
        DENIED = "denied", "denied"

    at = models.DateTimeField(db_index=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    action = models.CharField(max_length=60, db_index=True, help_text="For instance server.update.")
    subject = models.CharField(
        max_length=255, blank=True, db_index=True, help_text="What it was done to."
    )
    actor = models.CharField(max_length=150, blank=True, db_index=True, help_text="Username.")
    actor_id = models.BigIntegerField(null=True, blank=True)
    via = models.CharField(
        max_length=200, blank=True, help_text="The token, session or command it was done with."
    )
    address = models.GenericIPAddressField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.action} of {self.subject} by {self.actor or self.via or 'nobody'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ``TypeError`` for an event that was written already."""
        if not self._state.adding:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("An audit event is never deleted.")
