"""Mirroring a registry: what arrives, what is followed, and what stays as people decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from servers.models import RemoteUrl, Server, ServerVersion, Status
from servers.services import (
    delete_server,
    publish_version,
    register_server,
    restore_server,
    set_status,
    update_server,
)
from tests.fixtures.factories import document
from tests.fixtures.registries import FakeRegistry
from tests.integration.servers.sources import (
    catalogue,
    done,
    registry_source,
    remarks,
    run,
    state,
)

pytestmark = pytest.mark.django_db

CLOCK = "org.example/clock"
MAPS = "org.example/maps"
NOTES = "com.other/notes"


@pytest.fixture
def registry(registry: FakeRegistry) -> FakeRegistry:
    for name in (CLOCK, MAPS, NOTES):
        registry.publish(name)
    return registry


def test_all_pages_arrive_with_dates_statuses_and_addresses(
    registry: FakeRegistry, registry_url: str
) -> None:
    registry.mark(CLOCK, "1.0.0", "deprecated", "Use maps.")
    source = registry_source(registry_url)

    done(source)

    assert catalogue() == {
        CLOCK: {"1.0.0": "deprecated"},
        MAPS: {"1.0.0": "active"},
        NOTES: {"1.0.0": "active"},
    }
    clock = ServerVersion.objects.get(server__name=CLOCK)
    assert (clock.status_message, clock.published_at.hour) == ("Use maps.", 1)
    assert {server.source for server in Server.objects.all()} == {source}
    assert RemoteUrl.objects.count() == 3


def test_a_second_run_asks_for_what_changed_and_changes_nothing(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    before = state()

    ran = done(source)

    assert not ran.full
    assert registry.asked[-1]["updated_since"] == "2026-01-01T02:55:00+00:00"
    assert state() == before
    assert ran.counts["unchanged"] == 1


def test_new_versions_deprecations_and_deletions_are_followed(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.publish(CLOCK, "2.0.0", title="The new clock")
    registry.mark(MAPS, "1.0.0", "deprecated", "Use the clock.")
    registry.mark(NOTES, "1.0.0", "deleted")

    done(source)

    assert catalogue() == {
        CLOCK: {"1.0.0": "active", "2.0.0": "active"},
        MAPS: {"1.0.0": "deprecated"},
    }
    assert Server.objects.get(name=CLOCK).title == "The new clock"
    assert Server.objects.get(name=NOTES).deleted_at is not None


def test_what_the_source_deleted_comes_back_when_it_does_there(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    registry.mark(NOTES, "1.0.0", "active")

    done(source)

    assert catalogue()[NOTES] == {"1.0.0": "active"}


def test_what_vanished_is_deleted_by_a_full_run(registry: FakeRegistry, registry_url: str) -> None:
    source = registry_source(registry_url)
    registry.publish(CLOCK, "2.0.0")
    done(source)
    registry.forget(NOTES)
    del registry.entries[CLOCK, "1.0.0"]

    assert NOTES in catalogue() | dict.fromkeys([done(source).outcome])
    ran = done(source, full=True)

    assert catalogue() == {
        CLOCK: {"1.0.0": "deleted", "2.0.0": "active"},
        MAPS: {"1.0.0": "active"},
    }
    assert ran.counts["servers_deleted"] == 1
    assert ServerVersion.objects.get(server__name=NOTES).status_message == "Gone from upstream."


def test_a_full_run_comes_by_itself_after_a_day(registry: FakeRegistry, registry_url: str) -> None:
    source = registry_source(registry_url)
    done(source)

    assert not done(source).full
    assert done(source, later=timedelta(hours=25)).full


def test_without_pruning_only_what_is_deleted_there_goes(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url, prune=False)
    done(source)
    registry.forget(NOTES)
    registry.mark(MAPS, "1.0.0", "deleted")

    done(source, full=True)

    assert set(catalogue()) == {CLOCK, NOTES}


def test_a_run_that_would_delete_too_much_fails_unless_forced(
    registry: FakeRegistry, registry_url: str
) -> None:
    for number in range(17):
        registry.publish(f"org.example/s{number}")
    source = registry_source(registry_url)
    done(source)
    registry.entries = {}

    refused = run(source, full=True)

    assert "delete 20 of the 20 servers" in refused.error
    assert len(catalogue()) == 20
    done(source, full=True, force=True)
    assert catalogue() == {}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.publish("org.example/new")
    registry.mark(MAPS, "1.0.0", "deprecated")
    registry.forget(NOTES)
    before = state()

    ran = done(source, full=True, dry_run=True)

    assert state() == before
    assert ran.changes == [
        f"status {MAPS}: 1.0.0 is deprecated",
        "create org.example/new: 1.0.0",
        f"delete {NOTES}: gone there",
    ]


@pytest.mark.parametrize(
    ("filters", "taken"),
    [
        ({"include": ["org.example/*"]}, {CLOCK, MAPS}),
        ({"exclude": ["org.example/Maps"]}, {CLOCK, NOTES}),
        ({"include": ["org.example/*"], "exclude": [MAPS]}, {CLOCK}),
    ],
)
def test_filters_leave_a_part(
    registry_url: str, filters: dict[str, list[str]], taken: set[str]
) -> None:
    done(registry_source(registry_url, **filters))

    assert set(catalogue()) == taken


def test_a_pinned_server_is_left_alone(registry: FakeRegistry, registry_url: str) -> None:
    source = registry_source(registry_url)
    done(source)
    clock = Server.objects.get(name=CLOCK)
    update_server(server=clock, changes={"pinned": True}, now=timezone.now())
    registry.publish(CLOCK, "2.0.0")
    assert remarks(done(source), "skipped") == [f"{CLOCK} is pinned here."]
    registry.forget(CLOCK)

    ran = done(source, full=True)

    assert catalogue()[CLOCK] == {"1.0.0": "active"}
    assert ran.counts["servers_deleted"] == 0


@pytest.mark.parametrize(("conflict", "versions"), [("keep", {"0.9.0"}), ("replace", None)])
def test_a_name_that_is_here_already_stays_or_is_taken_over(
    registry_url: str, conflict: str, versions: set[str] | None
) -> None:
    register_server(document=document(name=CLOCK, version="0.9.0"), now=timezone.now())

    ran = done(registry_source(registry_url, conflict=conflict))

    assert set(catalogue()[CLOCK]) == versions or {"0.9.0", "1.0.0"}
    told = f"{CLOCK} is here already, and not from this source."
    assert (told in remarks(ran, "skipped")) is (conflict == "keep")


def test_a_document_that_is_here_already_is_the_sources_once_it_took_over(
    registry: FakeRegistry, registry_url: str
) -> None:
    same = registry.entries[CLOCK, "1.0.0"]["server"]
    clock = register_server(document=same, now=timezone.now())
    source = registry_source(registry_url, conflict="replace")
    done(source)
    clock.refresh_from_db()
    assert clock.source == source
    registry.forget(CLOCK)

    done(source, full=True)

    assert CLOCK not in catalogue()


def test_a_reworded_deprecation_is_followed(registry: FakeRegistry, registry_url: str) -> None:
    source = registry_source(registry_url)
    registry.mark(MAPS, "1.0.0", "deprecated", "Old.")
    done(source)
    registry.mark(MAPS, "1.0.0", "deprecated", "Old; use the clock.")

    done(source)

    maps = ServerVersion.objects.get(server__name=MAPS)
    assert maps.status_message == "Old; use the clock."


def test_a_draft_of_a_person_is_left_alone(registry: FakeRegistry, registry_url: str) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.publish(CLOCK, "2.0.0")
    draft = registry.entries[CLOCK, "2.0.0"]["server"]
    clock = Server.objects.get(name=CLOCK)
    publish_version(server=clock, document=draft, draft=True, now=timezone.now())

    ran = done(source)

    assert remarks(ran, "skipped") == [f"{CLOCK} 2.0.0 is here, but not approved."]


def test_a_name_of_another_source_is_never_taken_over(registry_url: str) -> None:
    done(registry_source(registry_url))

    ran = done(registry_source(registry_url, name="second", conflict="replace"))

    assert remarks(ran, "skipped") == [
        f"{name} is mirrored from upstream." for name in (CLOCK, MAPS, NOTES)
    ]


def test_a_published_document_never_changes(registry: FakeRegistry, registry_url: str) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.publish(CLOCK, "1.0.0", title="Rewritten")

    ran = done(source)

    assert Server.objects.get(name=CLOCK).title == ""
    assert remarks(ran, "conflict") == [
        f"{CLOCK} 1.0.0 is published with another document, which stays."
    ]


def test_what_a_person_deleted_stays_deleted_until_restored(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    delete_server(server=Server.objects.get(name=CLOCK), now=timezone.now())
    registry.publish(CLOCK, "2.0.0")

    ran = done(source, full=True)

    assert CLOCK not in catalogue()
    assert remarks(ran, "skipped") == [
        f"{CLOCK} is deleted here, and stays so until somebody restores it."
    ]
    restore_server(server=Server.objects.get(name=CLOCK), now=timezone.now())
    done(source, full=True)
    assert set(catalogue()[CLOCK]) == {"1.0.0", "2.0.0"}


def test_a_status_that_a_person_decided_stays_until_the_source_changes_its_mind(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    maps = Server.objects.get(name=MAPS)
    set_status(server=maps, status=Status.DEPRECATED, message="Not here.", now=timezone.now())

    ran = done(source, full=True)

    assert catalogue()[MAPS] == {"1.0.0": "deprecated"}
    assert remarks(ran, "skipped") == [
        f"{MAPS} 1.0.0 is active there and deprecated here, where somebody decided so."
    ]
    registry.mark(MAPS, "1.0.0", "deleted")
    done(source)
    assert MAPS not in catalogue()


def test_of_latest_versions_the_one_before_comes_back_when_the_last_is_deleted(
    registry: FakeRegistry, registry_url: str
) -> None:
    registry.publish(CLOCK, "2.0.0")
    del registry.entries[CLOCK, "1.0.0"]  # what `version=latest` leaves out
    source = registry_source(registry_url, latest_only=True)
    done(source)
    del registry.entries[CLOCK, "2.0.0"]
    registry.publish(CLOCK, "1.0.0")

    done(source)

    assert registry.asked[-1]["version"] == "latest"
    assert catalogue()[CLOCK] == {"1.0.0": "active", "2.0.0": "deleted"}
    assert Server.objects.get(name=CLOCK).latest_version.version == "1.0.0"


def test_an_earlier_version_that_latest_leaves_out_has_not_vanished(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url, latest_only=True)
    done(source)
    del registry.entries[CLOCK, "1.0.0"]
    registry.publish(CLOCK, "2.0.0")

    done(source)

    assert catalogue()[CLOCK] == {"1.0.0": "active", "2.0.0": "active"}
