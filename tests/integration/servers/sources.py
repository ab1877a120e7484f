"""Sources for tests: added through the service, run in the test's own process."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from servers.models import Server, ServerVersion, Source, SourceRun
from servers.sources import add_source, run_now


def registry_source(url: str, **fields: Any) -> Source:
    return add_source(
        name=fields.pop("name", "upstream"),
        kind=Source.Kind.REGISTRY,
        location=url,
        now=timezone.now(),
        **fields,
    )


def run(source: Source, *, later: timedelta = timedelta(0), **options: Any) -> SourceRun:
    """Run ``source`` as a command would."""
    source.refresh_from_db()
    return run_now(source=source, now=timezone.now() + later, **options)[0]


def done(source: Source, **options: Any) -> SourceRun:
    """The same, and it succeeds."""
    ran = run(source, **options)
    assert (ran.outcome, ran.error) == (SourceRun.Outcome.DONE, "")
    return ran


def catalogue() -> dict[str, dict[str, str]]:
    """The status of every version of every server that is not deleted."""
    shown: dict[str, dict[str, str]] = {}
    for row in ServerVersion.objects.filter(server__deleted_at=None).select_related("server"):
        shown.setdefault(row.server.name, {})[row.version] = row.status
    return shown


def state() -> list[Any]:
    """All that a run which finds nothing new must leave as it is."""
    servers = Server.objects.order_by("pk").values()
    versions = ServerVersion.objects.order_by("pk").values()
    return [*servers, *versions]


def remarks(ran: SourceRun, kind: str) -> list[str]:
    return [f"{it['about']} {it['text']}" for it in ran.remarks if it["kind"] == kind]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
