"""One Rollcall mirrors another: all of it, what changes, through restarts and an outage."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from servers.models import Server, ServerVersion, Source
from servers.sources.collecting import Collected
from tests.fixtures.upstream import Upstream
from tests.integration.servers.sources import done, registry_source, run, state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAMES = [f"org.example/s{number}" for number in range(7)]


@pytest.fixture(scope="module", autouse=True)
def _filled(upstream: Upstream) -> None:
    for name in NAMES:
        upstream.register(name, tags=["mirrored"], category="Samples")
    upstream.register("com.other/thing")
    upstream.publish(NAMES[0], "1.1.0")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servers.sources.registry.PAGE_SIZE", 3)


def mirrored() -> dict[tuple[str, str], tuple[Any, ...]]:
    """Of this Rollcall what ``Upstream.catalogue`` says of the other."""
    rows = ServerVersion.objects.exclude(status="deleted").select_related("server")
    return {
        (row.server.name, row.version): (
            row.document,
            row.status,
            row.status_message,
            row.is_latest,
        )
        for row in rows
    }


def change_everything(upstream: Upstream) -> None:
    """A new server, a new version, a deprecation, a deletion and a rename."""
    upstream.register("org.example/new")
    upstream.publish(NAMES[1], "2.0.0")
    upstream.deprecate(NAMES[2], "Use the new one.")
    upstream.delete(NAMES[3])
    upstream.rename(NAMES[4], "org.example/renamed")


def dying_after(page: int, upstream: Upstream) -> Callable[..., None]:
    """What ``Collected.take`` does, until the registry dies."""
    take, pages = Collected.take, iter(range(1, 1000))

    def take_and_die(self: Collected, values: Iterable[Any], *, where: str) -> None:
        take(self, values, where=where)
        if next(pages) == page:
            upstream.kill()

    return take_and_die


def test_a_mirror_follows_through_changes_restarts_and_an_outage(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = registry_source(upstream.url, visibility="public")
    done(source)
    assert mirrored() == upstream.catalogue()

    change_everything(upstream)
    before = state()
    with monkeypatch.context() as outage:
        outage.setattr(Collected, "take", dying_after(1, upstream))
        failed = run(source)
    assert failed.error.startswith("Page 2 could not be read")
    assert state() == before

    upstream.start()
    ran = done(source)
    assert not ran.full
    assert mirrored() == upstream.catalogue()
    assert Server.objects.get(name=NAMES[4]).deleted_at is not None

    settled = state()
    assert done(source).counts["unchanged"] > 0
    assert done(source, full=True).changes == []
    assert state() == settled


def test_a_filter_leaves_its_part(upstream: Upstream) -> None:
    done(registry_source(upstream.url, include=["com.other/*", NAMES[0]]))

    wanted = {key: said for key, said in upstream.catalogue().items() if key[0] in _TAKEN}
    assert mirrored() == wanted
    assert len(wanted) == 3


_TAKEN = ("com.other/thing", NAMES[0])


def test_new_servers_bring_tags_and_category(upstream: Upstream) -> None:
    done(registry_source(upstream.url, include=[NAMES[0]]))

    server = Server.objects.get()
    assert (server.category, [tag.name for tag in server.tags.all()]) == ("Samples", ["mirrored"])
    assert server.source == Source.objects.get()
