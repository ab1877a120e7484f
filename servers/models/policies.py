"""What the operators decided for the servers of a name, a namespace, or all."""

from django.db import models

from accounts.access import EVERYTHING, LONGEST_PATTERN
from servers.querysets import PolicyQuerySet


class Policy(models.Model):
    """What holds for the servers of ``pattern``; the most specific pattern counts.

    The row for every server (``*``) is always there.
    """

    class Review(models.TextChoices):
        AUTOMATIC = "automatic", "what is submitted is approved at once"
        REQUIRED = "required", "a reviewer approves what is submitted"

    class Drift(models.TextChoices):
        ACCEPT = "accept", "shown at once"
        WARN = "warn", "shown at once, with a warning"
        HOLD = "hold", "held back until a reviewer accepts it"

    pattern = models.CharField(
        max_length=LONGEST_PATTERN, unique=True, help_text="*, namespace/* or namespace/name."
    )
    review = models.CharField(max_length=10, choices=Review, default=Review.AUTOMATIC)
    drift = models.CharField(
        max_length=10, choices=Drift, default=Drift.WARN, help_text="Of tools that change."
    )

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["pattern"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.pattern

    @property
    def is_default(self) -> bool:
        return self.pattern == EVERYTHING
