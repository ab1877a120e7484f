"""What happens to the catalogue when a server is registered, published, changed or removed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servers import services
from servers.documents import InvalidDocument
from servers.models import HealthState, Server, Tag, Transport
from servers.signals import catalogue_changed
from tests.fixtures.factories import ServerFactory, UserFactory, document

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def register(**changes: Any) -> Server:
    return services.register_server(document=document(**changes), now=NOW)


def test_a_registered_server_repeats_its_document() -> None:
    server = register(title="Weather", websiteUrl="https://example.org")

    server.refresh_from_db()
    assert (server.title, server.website_url) == ("Weather", "https://example.org")
    assert server.transport == Transport.STREAMABLE_HTTP
    assert server.endpoint_url == "https://weather.example.org/mcp"
    assert server.latest_version.document == document(
        title="Weather", websiteUrl="https://example.org"
    )
    assert (server.created_at, server.latest_version.published_at) == (NOW, NOW)


def test_what_the_registry_keeps_beside_the_document() -> None:
    user = UserFactory.create()

    server = services.register_server(
        document=document(),
        now=NOW,
        registered_by=user,
        tags=["Weather", " weather ", "api"],
        category="Forecasts",
        monitored=False,
    )

    assert sorted(tag.name for tag in server.tags.all()) == ["api", "weather"]
    assert (server.category, server.monitored, server.registered_by) == ("Forecasts", False, user)


@pytest.mark.parametrize("name", ["org.example/weather", "ORG.example/Weather"])
def test_a_name_is_taken_whatever_its_case(name: str) -> None:
    register()

    with pytest.raises(services.ServerExists):
        register(name=name)
    assert Server.objects.count() == 1


def test_an_invalid_document_leaves_nothing_behind() -> None:
    with pytest.raises(InvalidDocument):
        services.register_server(document=document(version="latest"), now=NOW, tags=["new"])

    assert not Server.objects.exists()
    assert not Tag.objects.exists()


def test_a_higher_version_becomes_the_latest() -> None:
    server = register()

    services.publish_version(
        server=server, document=document(version="1.1.0", title="Weather 2"), now=LATER
    )

    server.refresh_from_db()
    assert server.latest_version.version == "1.1.0"
    assert (server.title, server.revision, server.updated_at) == ("Weather 2", 2, LATER)


def test_a_lower_version_is_kept_but_not_shown() -> None:
    server = register(version="2.0.0", title="Two")

    services.publish_version(
        server=server, document=document(version="1.0.0", title="One"), now=LATER
    )

    server.refresh_from_db()
    assert (server.latest_version.version, server.title) == ("2.0.0", "Two")
    assert server.versions.count() == 2


def test_the_same_document_again_changes_nothing() -> None:
    server = register()

    services.publish_version(server=server, document=document(), now=LATER)

    server.refresh_from_db()
    assert (server.revision, server.updated_at, server.versions.count()) == (1, NOW, 1)


def test_a_published_version_never_changes() -> None:
    server = register()

    with pytest.raises(services.VersionIsPublished):
        services.publish_version(server=server, document=document(title="New"), now=LATER)

    assert server.versions.get().document == document()


def test_a_document_is_published_under_its_own_name_only() -> None:
    server = register()

    with pytest.raises(InvalidDocument, match=r"org\.example/weather"):
        services.publish_version(
            server=server, document=document(name="org.example/other", version="2.0.0"), now=LATER
        )


def test_publishing_keeps_what_a_check_wrote_meanwhile() -> None:
    server = register()
    record_health(server)

    services.publish_version(server=server, document=document(version="2.0.0"), now=LATER)

    server.refresh_from_db()
    assert server.health_state == HealthState.HEALTHY


def test_a_change_bumps_the_revision_once() -> None:
    server = register()

    services.update_server(
        server=server, changes={"tags": ["a"], "category": "b", "enabled": False}, now=LATER
    )

    server.refresh_from_db()
    assert (server.category, server.enabled, server.revision) == ("b", False, 2)


def test_a_change_to_what_is_there_already_is_none() -> None:
    server = services.register_server(document=document(), now=NOW, tags=["a"], category="b")

    services.update_server(
        server=server, changes={"tags": ["A"], "category": "b", "monitored": True}, now=LATER
    )

    server.refresh_from_db()
    assert (server.revision, server.updated_at) == (1, NOW)


def test_a_change_of_document_and_fields_is_made_whole_or_not_at_all() -> None:
    server = register()

    with pytest.raises(services.VersionIsPublished):
        services.change_server(
            server=server,
            document=document(title="New"),
            changes={"category": "b"},
            now=LATER,
        )

    server.refresh_from_db()
    assert server.category == ""


def test_a_health_summary_is_no_change_of_the_server() -> None:
    server = register()

    record_health(server)

    server.refresh_from_db()
    assert (server.health_state, server.health_latency_ms) == (HealthState.HEALTHY, 12.5)
    assert (server.revision, server.updated_at) == (1, NOW)


def test_a_purged_server_takes_everything_with_it() -> None:
    server = ServerFactory.create()
    services.delete_server(server=server, now=NOW)

    assert services.purge_deleted(before=NOW, now=NOW) == []
    assert services.purge_deleted(before=NOW + timedelta(seconds=1), now=NOW) == [server.name]

    assert not Server.objects.exists()


@pytest.fixture
def announced() -> Any:
    """The ids that were announced, in the order of the announcements."""
    heard: list[int] = []

    def hear(sender: object, server_ids: list[int], **_: object) -> None:
        heard.extend(server_ids)

    catalogue_changed.connect(hear)
    yield heard
    catalogue_changed.disconnect(hear)


def test_every_change_is_announced_after_its_transaction(
    announced: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        server = register()
        assert announced == []

    assert announced == [server.pk]


def test_a_listener_that_fails_stops_nobody(
    announced: list[int], django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(sender: object, **_: object) -> None:
        raise RuntimeError("broker is down")

    catalogue_changed.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            server = register()
    finally:
        catalogue_changed.disconnect(fail)

    assert announced == [server.pk]
    assert "fail" in caplog.text


def record_health(server: Server) -> None:
    services.record_health_summary(
        server_id=server.pk,
        state=HealthState.HEALTHY,
        reason="answers",
        since=NOW,
        checked_at=NOW,
        latency_ms=12.5,
    )
