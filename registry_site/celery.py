"""The Celery application: its queues, and what beat rings for.

Each app's ``tasks`` module is found by itself; how the broker is reached stands in the settings.
"""

import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")

# A ring that nobody hears is over before the next two: while no worker runs they do not pile up.
SOON_FORGOTTEN = {"expires": 10}


def every(period: timedelta, task: str) -> dict[str, Any]:
    """An entry of the schedule."""
    return {"task": task, "schedule": schedule(period), "options": SOON_FORGOTTEN}


app = Celery("rollcall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_routes = {
    "healthchecks.tasks.*": {"queue": "probe"},
    "search.tasks.*": {"queue": "index"},
}
# Without a file: a kill while it is written would damage it, and there is nothing to remember.
app.conf.beat_scheduler = "celery.beat:Scheduler"
# Beat only rings; what is due stands in the database. Ringing twice, or not at all for a while,
# changes nothing but the delay.
app.conf.beat_schedule = {
    "probe-due-servers": every(timedelta(seconds=5), "healthchecks.tasks.sweep"),
    "refresh-search-index": every(timedelta(seconds=10), "search.tasks.refresh"),
    "publish-search-index": every(timedelta(seconds=10), "search.tasks.publish"),
    "deliver-webhooks": every(timedelta(seconds=10), "servers.tasks.deliver_webhooks"),
    "sync-sources": every(timedelta(seconds=30), "servers.tasks.sync_sources"),
    "forget-searches": every(timedelta(hours=1), "search.tasks.forget_searches"),
    "forget-expired-credentials": every(timedelta(hours=1), "accounts.tasks.forget_expired"),
}
app.autodiscover_tasks()
