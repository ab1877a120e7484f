"""One run of a source from its lease to its last line in the database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from asgiref.sync import async_to_sync
from django.db import transaction

from registry_site.lib.progress import NoProgress, Progress
from servers.access import Visibility
from servers.importing import ImportReport, Newcomers, import_entries, plan_entries
from servers.models import Source, SourceRun
from servers.sources.collecting import Collected
from servers.sources.failures import LeaseLost, SourceFailed, SourceIsBusy
from servers.sources.files import read_content, read_file, read_folder
from servers.sources.leasing import Lease, take_lease
from servers.sources.losses import losses_of, take_away
from servers.sources.managing import check_upload
from servers.sources.registry import read_pages

Clock = Callable[[], datetime]

# What vanished without a tombstone is found by a full run, at least this often.
FULL_EVERY = timedelta(hours=24)
# After a failure the next try does not wait longer than this.
RETRY_AFTER = timedelta(minutes=15)
# A run that was interrupted this often is set aside.
MOST_ATTEMPTS = 5
# A sweep takes up no new run after this.
SWEEP_LASTS = timedelta(seconds=20)
MOST_CHANGES_KEPT = 1_000
MOST_REMARKS_KEPT = 200
MOST_RUNS_KEPT = 100
LONGEST_ERROR = 500
# Foreign documents say what they like, at whatever length.
LONGEST_REMARK = 500


def run_due(*, clock: Clock) -> int:
    """Run what is due, one source after the other, for a while; returns how many runs ended."""
    started, ended = clock(), 0
    while (now := clock()) - started <= SWEEP_LASTS:
        source = Source.objects.due(now).select_related("team").first()
        if source is None:
            break
        lease = take_lease(source, now=now)
        if lease is not None:
            _run(_begin(source, now=now), lease)
            ended += 1
    return ended


def run_now(
    *,
    source: Source,
    now: datetime,
    dry_run: bool = False,
    full: bool = False,
    force: bool = False,
    upload: bytes | None = None,
    progress: Progress | None = None,
) -> tuple[SourceRun, ImportReport]:
    """Run ``source`` in this process; the run says whether it failed, the report everything.

    Raises ``SourceIsBusy``, and ``InvalidSource`` for a file where none belongs.
    """
    check_upload(source, upload)
    lease = take_lease(source, now=now)
    if lease is None:
        raise SourceIsBusy(source.name)
    asked = SourceRun(
        source=source, requested_at=now, dry_run=dry_run, full=full, force=force, upload=upload
    )
    run = _start(asked, now=now)
    return run, _run(run, lease, progress=progress)


def _begin(source: Source, *, now: datetime) -> SourceRun:
    """The run that was asked for first, interrupted or not begun yet; or a new one."""
    waiting = source.runs.unfinished().order_by("pk").first()
    return _start(waiting or SourceRun(source=source, requested_at=now), now=now)


def _start(run: SourceRun, *, now: datetime) -> SourceRun:
    run.attempts += 1
    run.started_at = now
    run.outcome = SourceRun.Outcome.RUNNING
    run.full = run.full or _is_full_due(run.source, now)
    run.save()
    return run


def _is_full_due(source: Source, now: datetime) -> bool:
    """Whether only a full run can tell what there is.

    When the latest version is deleted, the one before it becomes the latest without having
    changed: a mirror of latest versions learns that by asking for all of them.
    """
    if source.kind != Source.Kind.REGISTRY or source.latest_only or not source.updated_since:
        return True
    recent = source.runs.succeeded().filter(full=True, finished_at__gt=now - FULL_EVERY)
    return not recent.exists()


def _run(run: SourceRun, lease: Lease, *, progress: Progress | None = None) -> ImportReport:
    """Do what ``run`` says and note how it ended.

    An unexpected error leaves it under way: it is taken up again once its lease is over.
    """
    report = ImportReport()
    newest, error = None, ""
    try:
        if run.attempts > MOST_ATTEMPTS:
            raise SourceFailed(f"It was interrupted {MOST_ATTEMPTS} times and is set aside.")
        newest = _mirror(run, lease, report, progress or NoProgress())
    except LeaseLost:
        return report  # whoever has it now says how it ends
    except SourceFailed as failure:
        error = str(failure)[:LONGEST_ERROR]
    _finish(run, lease, report, newest=newest, error=error)
    return report


def _mirror(
    run: SourceRun, lease: Lease, report: ImportReport, progress: Progress
) -> datetime | None:
    """Fetch, plan, and unless it is a dry run, write; the time of the newest change there."""
    source, now = run.source, lease.now()
    collected = _collect(run, lease, report)
    losses = losses_of(source, collected, full=run.full)
    if not run.force:
        losses.refuse_too_many()
    newcomers = Newcomers(
        team=source.team, visibility=Visibility(source.visibility), monitored=source.monitored
    )
    carry_out = plan_entries if run.dry_run else partial(import_entries, guard=lease.renew)
    carry_out(
        collected.entries,
        now=now,
        newcomers=newcomers,
        report=report,
        progress=progress,
        source=source,
    )
    if not run.dry_run:
        take_away(losses, source=source, lease=lease)
    losses.tell(report)
    return min(collected.newest, now) if collected.newest else None


def _collect(run: SourceRun, lease: Lease, report: ImportReport) -> Collected:
    """Everything the source has, or what changed there; read and checked."""
    source, collected = run.source, Collected(run.source, report)
    match source.kind:
        case Source.Kind.REGISTRY:
            async_to_sync(read_pages)(
                source,
                updated_since=None if run.full else source.updated_since,
                take=lambda values, page: collected.take(values, where=f"page {page}"),
                keep=lease.keep,
            )
        case Source.Kind.FOLDER:
            for name, values in read_folder(source.location):
                collected.take(values, where=name)
        case Source.Kind.FILE:
            collected.take(read_file(source.location), where=source.location)
        case _:
            if run.upload is None:
                raise SourceFailed("Nothing was uploaded.")
            collected.take(read_content(bytes(run.upload), name="The upload"), where="upload")
    return collected


@transaction.atomic
def _finish(
    run: SourceRun, lease: Lease, report: ImportReport, *, newest: datetime | None, error: str
) -> None:
    """Note how the run ended, and on its source when the next one is; nothing without the lease."""
    now, source = lease.now(), run.source
    columns = {} if run.dry_run else _progress_of(source, now=now, newest=newest, error=error)
    if not Source.objects.release_lease(source, lease.token, **columns):
        return
    run.outcome = SourceRun.Outcome.FAILED if error else SourceRun.Outcome.DONE
    run.error = error
    run.finished_at = now
    run.upload = None
    run.counts = report.counts()
    run.changes = [] if error else [str(it) for it in report.changes[:MOST_CHANGES_KEPT]]
    run.remarks = _first_remarks(report)
    run.save()
    kept = source.runs.values_list("pk", flat=True)[:MOST_RUNS_KEPT]
    source.runs.exclude(pk__in=list(kept)).delete()


def _progress_of(
    source: Source, *, now: datetime, newest: datetime | None, error: str
) -> dict[str, object]:
    """How far the mirror has come, and when it goes on."""
    interval = timedelta(minutes=source.interval_minutes) if source.interval_minutes else None
    if error:
        again = now + min(interval, RETRY_AFTER) if interval else None
        return {"last_error": error, "next_run_at": again}
    return {
        "last_error": "",
        "succeeded_at": now,
        "updated_since": newest or source.updated_since,
        "next_run_at": now + interval if interval else None,
    }


def _first_remarks(report: ImportReport) -> list[dict[str, str]]:
    told = (
        {
            "kind": kind,
            "about": remark.label[:LONGEST_REMARK],
            "text": remark.text[:LONGEST_REMARK],
        }
        for kind, remarks in report.remarks().items()
        for remark in remarks
    )
    return list(islice(told, MOST_REMARKS_KEPT))
