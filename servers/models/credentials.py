"""What the registry itself shows to a server that asks for credentials."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from servers.models.catalogue import Server


class UpstreamCredential(models.Model):
    """A header that probes send to a server: written, never read by a person again.

    It is sent to the origin it was given for and to no other: whoever edits the document cannot
    have it sent elsewhere.
    """

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="credentials")
    header = models.CharField(max_length=100)
    value = models.TextField(editable=False, help_text="Encrypted.")
    origin = models.CharField(max_length=300, help_text="Scheme, host and port it is sent to.")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, editable=False
    )
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["server", "header"]
        constraints = [
            models.UniqueConstraint(
                "server", Lower("header"), name="one_credential_a_header_of_a_server"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.header} of {self.server}"
