"""What the catalogue tells whoever listens, after the transaction that did it."""

from django.dispatch import Signal

# Sent with ``server_ids`` (list of int) once servers were registered, changed, enabled or
# disabled, or their tools changed. A listener may miss it: what is to be done also stands in
# the database (``Server.revision``, ``Server.objects.to_probe()``).
catalogue_changed = Signal()
