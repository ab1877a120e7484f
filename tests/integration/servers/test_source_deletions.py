"""Who deleted a mirrored server, and what a source may do about it."""

from typing import Any

import pytest
from django.utils import timezone

from servers.models import Event, Server, ServerVersion
from servers.services import delete_server, register_server, restore_server
from servers.sources.losses import Losses, losses_of
from servers.webhooks import create_webhook
from tests.fixtures.factories import administrator, document
from tests.fixtures.registries import FakeRegistry
from tests.integration.servers.sources import catalogue, done, registry_source, remarks

pytestmark = pytest.mark.django_db

CLOCK = "org.example/clock"
NOTES = "com.other/notes"


@pytest.fixture
def registry(registry: FakeRegistry) -> FakeRegistry:
    for name in (CLOCK, NOTES):
        registry.publish(name)
    return registry


def test_what_the_source_deleted_comes_back_with_what_it_publishes_next(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    registry.publish(NOTES, "2.0.0")

    done(source)

    assert catalogue()[NOTES] == {"1.0.0": "deleted", "2.0.0": "active"}
    assert not Server.objects.get(name=NOTES).deleted_by_source


def test_what_a_person_deleted_after_the_source_did_stays_deleted(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
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


@pytest.mark.parametrize("decided", [{"pinned": True}, {"source": None}])
def test_what_a_person_decided_while_a_run_planned_holds(
    registry: FakeRegistry,
    registry_url: str,
    monkeypatch: pytest.MonkeyPatch,
    decided: dict[str, Any],
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.forget(NOTES)

    def decide_meanwhile(*arguments: Any, **options: Any) -> Losses:
        losses = losses_of(*arguments, **options)
        assert losses.gone == [NOTES]
        Server.objects.filter(name=NOTES).update(**decided)
        return losses

    monkeypatch.setattr("servers.sources.running.losses_of", decide_meanwhile)

    done(source, full=True)

    assert catalogue()[NOTES] == {"1.0.0": "active"}


def test_webhooks_are_told_of_what_a_source_deletes_and_brings_back(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    webhook, _ = create_webhook(
        url="https://hooks.example.org/",
        team=None,
        events=[Event.DELETED, Event.RESTORED],
        created_by=administrator(),
        now=timezone.now(),
    )
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    registry.publish(NOTES, "2.0.0")

    done(source)

    told = webhook.deliveries.order_by("pk").values_list("event", "server_name")
    assert list(told) == [("server.deleted", NOTES), ("server.restored", NOTES)]


def test_mirrors_of_this_registry_learn_that_a_version_is_not_the_latest_any_more(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    before = timezone.now()
    registry.publish(CLOCK, "2.0.0")

    done(source)

    former = ServerVersion.objects.get(server__name=CLOCK, version="1.0.0")
    assert (former.is_latest, former.updated_at > before) == (False, True)


def test_a_source_is_trusted_with_an_address_that_a_server_here_has(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.mark(NOTES, "1.0.0", "deleted")
    done(source)
    taken = registry.entries[NOTES, "1.0.0"]["server"]["remotes"]
    register_server(document=document(name="org.example/mine", remotes=taken), now=timezone.now())
    registry.mark(NOTES, "1.0.0", "active")

    done(source)

    assert catalogue()[NOTES] == {"1.0.0": "active"}
