"""Sources are added, changed, removed and asked to run; what a run does is told in ``running``."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, TypedDict, Unpack, cast

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.access import InvalidPattern, server_pattern
from accounts.encryption import encrypt
from accounts.models import Team
from registry_site.lib import doorbell
from registry_site.lib.outbound import OutboundRefused, check_url
from servers.access import Visibility
from servers.documents.links import split_url
from servers.documents.transports import is_allowed_by_the_operator
from servers.models import Source, SourceRun
from servers.sources.registry import CREDENTIAL_PURPOSE

MOST_PATTERNS = 200
LONGEST_CREDENTIAL = 4096  # characters
LONGEST_INTERVAL = 31 * 24 * 60  # minutes
# Bytes of an upload, which may be packed: that of the whole official registry has a third of them.
LARGEST_UPLOAD = 1024 * 1024
# What decides which entries there are: after a change of it all of them are looked at again.
_DECISIVE = ("location", "include", "exclude", "latest_only")
_SCHEDULE = ("enabled", "interval_minutes")


class SourceExists(Exception):
    """Another source has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a source {name!r} already.")


class InvalidSource(Exception):
    """A field of a source does not do; says which and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class SourceChanges(TypedDict, total=False):
    """What can be changed of a source. ``credential`` is the token itself; empty: none."""

    location: str
    credential: str
    include: Iterable[str]
    exclude: Iterable[str]
    latest_only: bool
    conflict: str
    prune: bool
    team: Team
    visibility: Visibility
    monitored: bool
    enabled: bool
    interval_minutes: int | None


def check_source(*, kind: Source.Kind, changes: SourceChanges) -> None:
    """Raises ``InvalidSource`` where a source of this kind could not say this."""
    said = {name: value for name, value in changes.items() if name != "team"}
    _take(Source(kind=kind), cast("SourceChanges", said), now=datetime.min.replace(tzinfo=UTC))


@transaction.atomic
def add_source(
    *, name: str, kind: Source.Kind, now: datetime, **fields: Unpack[SourceChanges]
) -> Source:
    """Make a source; one with an interval runs when that is over, so that its plan can be read.

    Raises ``InvalidSource`` and ``SourceExists``.
    """
    source = Source(name=name, kind=kind, created_at=now)
    source.team = fields.pop("team", None) or Team.objects.default()
    _take(source, fields, now=now)
    try:
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError as error:
        raise SourceExists(name) from error
    audit.record(action="source.add", subject=name, after=facts_of_source(source), now=now)
    return source


@transaction.atomic
def change_source(*, source: Source, changes: SourceChanges, now: datetime) -> None:
    """Change what ``changes`` names. Raises ``InvalidSource``."""
    source.refresh_from_db(from_queryset=Source.objects.select_for_update())
    before = facts_of_source(source)
    _take(source, changes, now=now)
    source.save()
    after = facts_of_source(source)
    if "credential" in changes:
        after["credential"] = "set anew" if source.credential else "removed"
    audit.record_change(
        action="source.update", subject=source.name, before=before, after=after, now=now
    )


@transaction.atomic
def remove_source(*, source: Source, now: datetime) -> None:
    """Remove ``source`` with its runs. The servers that came from it stay, as anybody's do."""
    before = facts_of_source(source) | {"servers": source.servers.count()}
    source.delete()
    audit.record(action="source.remove", subject=source.name, before=before, now=now)


@transaction.atomic
def request_run(
    *,
    source: Source,
    now: datetime,
    dry_run: bool = False,
    full: bool = False,
    force: bool = False,
    upload: bytes | None = None,
) -> SourceRun:
    """Have ``source`` run by a worker, soon. Raises ``InvalidSource``."""
    check_upload(source, upload)
    run = SourceRun.objects.create(
        source=source, requested_at=now, dry_run=dry_run, full=full, force=force, upload=upload
    )
    asked = {"dry_run": dry_run, "full": full, "force": force, "upload": len(upload or b"")}
    audit.record(action="source.run", subject=source.name, after=asked, now=now)
    transaction.on_commit(_ring, robust=True)
    return run


def facts_of_source(source: Source) -> audit.Facts:
    """What a source says, for the audit trail; of its credential only whether there is one."""
    return {
        "kind": source.kind,
        "location": source.location,
        "credential": "set" if source.credential else None,
        "include": source.include,
        "exclude": source.exclude,
        "latest_only": source.latest_only,
        "conflict": source.conflict,
        "prune": source.prune,
        "team": source.team.slug,
        "visibility": source.visibility,
        "monitored": source.monitored,
        "enabled": source.enabled,
        "interval_minutes": source.interval_minutes,
    }


def _take(source: Source, changes: SourceChanges, *, now: datetime) -> None:
    """Set what ``changes`` names and check the whole. Raises ``InvalidSource``."""
    columns: dict[str, Any] = dict(changes)
    if "credential" in columns:
        columns["credential"] = _sealed(columns["credential"])
    for field in ("include", "exclude"):
        if field in columns:
            columns[field] = _patterns(field, columns[field])
    changed = {name for name, value in columns.items() if value != getattr(source, name)}
    for name in changed:
        setattr(source, name, columns[name])
    _check(source)
    if changed.intersection(_DECISIVE):
        source.updated_since = None
    if changed.intersection(_SCHEDULE):
        source.next_run_at = _after_its_interval(source, now) if source.enabled else None


def _sealed(token: str) -> str:
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise InvalidSource("credential", "A token has visible ASCII characters only.")
    if len(token) > LONGEST_CREDENTIAL:
        raise InvalidSource("credential", f"It has more than {LONGEST_CREDENTIAL:,} characters.")
    return encrypt(token, purpose=CREDENTIAL_PURPOSE) if token else ""


def _after_its_interval(source: Source, now: datetime) -> datetime | None:
    minutes = source.interval_minutes
    return now + timedelta(minutes=minutes) if minutes else None


def _patterns(field: str, texts: Iterable[str]) -> list[str]:
    try:
        patterns = sorted({server_pattern(text) for text in texts})
    except InvalidPattern as error:
        raise InvalidSource(field, str(error)) from error
    if len(patterns) > MOST_PATTERNS:
        raise InvalidSource(field, f"There may be {MOST_PATTERNS} patterns at most.")
    return patterns


def _check(source: Source) -> None:
    if source.kind == Source.Kind.REGISTRY:
        _check_address(source.location)
    elif source.credential:
        raise InvalidSource("credential", "Only a registry is asked with a credential.")
    elif source.kind == Source.Kind.UPLOAD:
        _check_upload_source(source)
    else:
        _check_path(source.location)
    interval = source.interval_minutes
    if interval is not None and not 1 <= interval <= LONGEST_INTERVAL:
        reason = f"Say a number of minutes from 1 to {LONGEST_INTERVAL}, or nothing."
        raise InvalidSource("interval_minutes", reason)


def _check_address(url: str) -> None:
    parts = split_url(url)
    if parts is None or parts.query or parts.fragment:
        raise InvalidSource("location", "Say the http:// or https:// URL of the registry.")
    try:
        check_url(url)
    except OutboundRefused as refused:
        raise InvalidSource("location", str(refused)) from refused
    if parts.scheme == "http" and not is_allowed_by_the_operator(url, str(parts.hostname)):
        reason = "It must be https, unless ROLLCALL_OUTBOUND_ALLOW names the host."
        raise InvalidSource("location", reason)


def _check_path(location: str) -> None:
    path = PurePosixPath(location)
    if not location or "\0" in location or path.is_absolute() or ".." in path.parts:
        reason = "Say a path below the folder of sources (ROLLCALL_SOURCES_DIR)."
        raise InvalidSource("location", reason)


def _check_upload_source(source: Source) -> None:
    if source.location:
        raise InvalidSource("location", "What is uploaded has no location.")
    if source.interval_minutes is not None:
        raise InvalidSource("interval_minutes", "What is uploaded runs when it is uploaded.")


def check_upload(source: Source, upload: bytes | None) -> None:
    """Raises ``InvalidSource`` for a file where none belongs, or none where one does."""
    if (upload is not None) != (source.kind == Source.Kind.UPLOAD):
        reason = "A file is uploaded to sources of the kind upload, and only to them."
        raise InvalidSource("upload", reason)
    if upload is not None and len(upload) > LARGEST_UPLOAD:
        raise InvalidSource("upload", f"It has more than {LARGEST_UPLOAD:,} bytes.")


def _ring() -> None:
    from servers.tasks import sync_sources  # the tasks import this package

    doorbell.ring(sync_sources)
