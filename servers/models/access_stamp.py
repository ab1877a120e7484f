"""What tells a process that somebody may see more, or less, than a moment ago."""

from django.db import models

from servers.querysets import AccessStampQuerySet


class AccessStamp(models.Model):
    """One row with a random token, which every change of who sees what replaces.

    The triggers of ``servers.access_triggers`` write it, by whatever way the change was made. It
    is random and not counted: what was remembered under a value that was rolled back must never
    be taken for what is remembered under the same value later.
    """

    THE_ONE = 1

    token = models.CharField(max_length=36)

    objects = AccessStampQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_access_stamp"),
        ]

    def __str__(self) -> str:
        return self.token
