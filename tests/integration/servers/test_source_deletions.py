"""Who deleted a mirrored server, and what a source may do about it."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from servers.models import Server, ServerVersion
from servers.services import delete_server, register_server, restore_server
from tests.fixtures.factories import document
from tests.fixtures.registries import FakeRegistry
from tests.integration.servers.sources import catalogue, done, registry_source, remarks

pytestmark = pytest.mark.django_db

CLOCK = "org.example/clock"
NOTES = "com.other/notes"


@pytest.fixture
def registry() -> FakeRegistry:
    registry = FakeRegistry()
    for name in (CLOCK, NOTES):
        registry.publish(name)
    return registry


@pytest.fixture
def url(registry: FakeRegistry) -> Iterator[str]:
    with registry.running() as address:
        yield address


def test_what_the_source_deleted_comes_back_with_what_it_publishes_next(
    registry: FakeRegistry, url: str
) -> None:
    source = registry_source(url)
    done(source)
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    registry.publish(NOTES, "2.0.0")

    done(source)

    assert catalogue()[NOTES] == {"1.0.0": "deleted", "2.0.0": "active"}
    assert not Server.objects.get(name=NOTES).deleted_by_source


def test_what_a_person_deleted_after_the_source_did_stays_deleted(
    registry: FakeRegistry, url: str
) -> None:
    source = registry_source(url)
    done(source)
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    notes = Server.objects.get(name=NOTES)
    restore_server(server=notes, now=timezone.now())
    delete_server(server=notes, now=timezone.now())
    registry.publish(NOTES, "2.0.0")

    ran = done(source)

    assert NOTES not in catalogue()
    assert remarks(ran, "skipped")[0] == (
        f"{NOTES} is deleted here, and stays so until somebody restores it."
    )


def test_mirrors_of_this_registry_learn_that_a_version_is_not_the_latest_any_more(
    registry: FakeRegistry, url: str
) -> None:
    source = registry_source(url)
    done(source)
    before = timezone.now()
    registry.publish(CLOCK, "2.0.0")

    done(source)

    former = ServerVersion.objects.get(server__name=CLOCK, version="1.0.0")
    assert (former.is_latest, former.updated_at > before) == (False, True)


def test_a_source_is_trusted_with_an_address_that_a_server_here_has(
    registry: FakeRegistry, url: str
) -> None:
    source = registry_source(url)
    done(source)
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    taken = registry.entries[NOTES, "1.0.0"]["server"]["remotes"]
    register_server(document=document(name="org.example/mine", remotes=taken), now=timezone.now())
    registry.mark(NOTES, "1.0.0", "active")

    done(source)

    assert catalogue()[NOTES] == {"1.0.0": "active"}
