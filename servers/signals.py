"""What the catalogue tells whoever listens, after the transaction that did it."""

from django.dispatch import Signal

# Sent with ``server_ids`` (list of int) once servers were registered, changed, enabled or
# disabled, or their tools changed. A listener may miss it: what is to be done also stands in
# the database (``Server.revision``, ``Server.objects.to_probe()``).
catalogue_changed = Signal()

# Sent without arguments once something is to be delivered to a webhook. A listener may miss it:
# what is due also stands in the database (``Webhook.objects.due()``).
deliveries_waiting = Signal()

# Sent with ``server_ids`` once the answers of servers may be other ones than before although
# nothing in the catalogue says so: what is shown to them has changed. A listener that misses it
# finds out with the next probe.
probes_wanted = Signal()
