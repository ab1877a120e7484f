"""How search stands: for a page that shows progress, and for whoever looks after the registry."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from search import embedding
from search.embedding import ModelNotReady
from search.index.publication import IndexRefused, check_current
from search.models import IndexState, SearchEntry, ServerIndexing
from search.querysets import due_servers
from servers.models import Server


@dataclass(frozen=True, kw_only=True)
class SearchStatus:
    """``degraded``: queries are answered by words alone, for the reason given."""

    degraded: bool
    reason: str
    # That of the index, and the one that it is to be made with next, if that is another one.
    model: str
    next_model: str
    index_version: str
    published_at: datetime | None
    entries: int
    servers: int
    due_servers: int
    failed_servers: int
    refreshing: bool
    # Of the refresh that is running, or of the last one.
    servers_total: int
    servers_done: int


def search_status(*, now: datetime) -> SearchStatus:
    """What a query would find now, and what is still to be done."""
    model, version, reason = _published()
    next_model = _next_model(model)
    state = IndexState.objects.first() or IndexState()
    return SearchStatus(
        degraded=bool(reason),
        reason=reason,
        model=model,
        next_model=next_model,
        index_version=version,
        published_at=state.published_at,
        entries=SearchEntry.objects.count(),
        servers=Server.objects.not_deleted().count(),
        due_servers=due_servers(next_model or model).count(),
        failed_servers=ServerIndexing.objects.set_aside().count(),
        refreshing=state.lease_until is not None and state.lease_until > now,
        servers_total=state.servers_total,
        servers_done=state.servers_done,
    )


def _published() -> tuple[str, str, str]:
    """The model and the version of the index, and why one of them cannot be used."""
    try:
        manifest = check_current(settings.INDEX_DIR)
    except IndexRefused as refusal:
        return "", "", str(refusal)
    try:
        embedding.embedder_of(manifest.model_key)
    except ModelNotReady as refusal:
        return manifest.model_key, manifest.version, str(refusal)
    return manifest.model_key, manifest.version, ""


def _next_model(current: str) -> str:
    """The configured model, while the index is still that of another one."""
    try:
        configured = embedding.ready_model().model_key
    except ModelNotReady:
        return ""
    return configured if configured != current else ""
