"""The versions of one server: added, and the latest of them found and shown.

For the services of this package; the doors use ``publishing`` and ``reviewing``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import User
from registry_site.lib.canonical_json import fingerprint
from servers.documents import Accepted, facts_of, remote_urls
from servers.models import Policy, RemoteUrl, ReviewState, Server, ServerVersion, Status
from servers.scanning.recording import record_findings
from servers.services.names import refuse_taken_urls
from servers.versions import Dated, latest_of


def review_state_of_new(name: str, *, draft: bool) -> ReviewState:
    """How far what is handed in for the server ``name`` comes by itself."""
    if draft:
        return ReviewState.DRAFT
    required = Policy.objects.for_name(name).review == Policy.Review.REQUIRED
    return ReviewState.PENDING if required else ReviewState.APPROVED


def add_version(
    server: Server, accepted: Accepted, *, state: ReviewState, by: User | None, now: datetime
) -> ServerVersion:
    version = ServerVersion(
        server=server,
        version=accepted.document["version"],
        submitted_by=by,
        status=accepted.status or Status.ACTIVE,
        status_changed_at=now,
    )
    write_version(version, accepted, state=state, now=now)
    return version


def write_version(
    version: ServerVersion, accepted: Accepted, *, state: ReviewState, now: datetime
) -> None:
    """Give a version that nobody relies on yet its document and state."""
    version.document = accepted.document
    version.repairs = accepted.changes
    version.fingerprint = fingerprint(accepted.document)
    version.review_state = state
    forget_review(version)
    version.published_at = accepted.published_at or now
    version.updated_at = now
    version.save()


def forget_review(version: ServerVersion) -> None:
    """What was decided about an earlier submission says nothing of the next."""
    version.review_reason = ""
    version.reviewed_by = version.reviewed_at = None


def mark_latest(server: Server, *, now: datetime, by_source: bool = False) -> None:
    """Put the mark of the latest version where it belongs, repeat what that says and scan it.

    The caller, who has locked ``server``, saves it. Raises ``UrlTaken`` where an address that the
    server had not, or had given up, belongs to another; what is done ``by_source`` is trusted.
    """
    versions = list(server.versions.defer("document"))
    came_back = _settle_deletion(server, versions, now=now, by_source=by_source)
    latest = latest_version_of(versions)
    # Mirrors that ask for what changed since learn of both by `updated_at`.
    others = server.versions.filter(is_latest=True).exclude(pk=latest.pk)
    others.update(is_latest=False, updated_at=now)
    this = server.versions.filter(is_latest=False, pk=latest.pk)
    moved = bool(this.update(is_latest=True, updated_at=now))
    if (moved or came_back) and server.deleted_at is None and not by_source:
        refuse_taken_urls(latest.document, name=server.name)
    server.published = any(is_listed(version) for version in versions)
    server.take_facts(facts_of(latest.document))
    remember_urls(server, latest.document)
    record_findings(server_id=server.pk, now=now)


def _settle_deletion(
    server: Server, versions: Sequence[ServerVersion], *, now: datetime, by_source: bool
) -> bool:
    """Note that ``server``, of which nothing is left, is deleted, or that it came back.

    Returns whether it came back.
    """
    gone = all(version.status == Status.DELETED for version in versions)
    if gone == (server.deleted_at is not None):
        return False
    server.deleted_at = now if gone else None
    server.deleted_by_source = gone and by_source
    if not gone:
        wake_drafts([server.pk], now=now)
    return not gone


def wake_drafts(server_ids: Iterable[int], *, now: datetime) -> None:
    """What was not approved yet when its server was deleted goes on where it was."""
    asleep = ServerVersion.objects.filter(server__in=server_ids, status=Status.DELETED)
    asleep.exclude(review_state=ReviewState.APPROVED).update(
        status=Status.ACTIVE,
        status_before="",
        status_message="",
        status_changed_at=now,
        updated_at=now,
    )


def latest_version_of(versions: Sequence[ServerVersion]) -> ServerVersion:
    """The highest version among the best there are: approved and not deleted, if possible."""
    best = max(_rank(version) for version in versions)
    candidates = {it.version: it for it in versions if _rank(it) == best}
    return candidates[latest_of([Dated(it.version, it.published_at) for it in candidates.values()])]


def is_listed(version: ServerVersion) -> bool:
    """Whether the version is in the catalogue and stays there."""
    return version.review_state == ReviewState.APPROVED and version.status != Status.DELETED


def _rank(version: ServerVersion) -> tuple[bool, bool]:
    return version.status != Status.DELETED, version.review_state == ReviewState.APPROVED


def remember_urls(server: Server, document: dict[str, Any]) -> None:
    """Note which addresses belong to ``server`` by its latest document."""
    write_urls({server.pk: remote_urls(document)})


def write_urls(urls_of: dict[int, Iterable[str]]) -> None:
    """The same of many servers, by their ids."""
    RemoteUrl.objects.filter(server__in=urls_of).delete()
    RemoteUrl.objects.bulk_create(
        RemoteUrl(server_id=server_id, url=url)
        for server_id, urls in urls_of.items()
        for url in sorted(urls)
    )


def version_facts(version: ServerVersion) -> audit.Facts:
    """What the audit trail says of a version."""
    return {
        "version": version.version,
        "fingerprint": version.fingerprint,
        "review_state": str(version.review_state),
    }
