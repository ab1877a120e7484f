"""Every change of the catalogue is told, in its transaction, to those who may know of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Team, User
from registry_site.lib import doorbell
from servers import services, tasks, webhooks
from servers.access import Visibility
from servers.models import Event, Policy, Server, Status, Webhook, WebhookDelivery
from servers.webhooks.signing import signed_headers
from tests.fixtures.factories import (
    ServerFactory,
    TeamFactory,
    UserFactory,
    administrator,
    document,
    tool_definition,
)
from tests.fixtures.listings import record_tools

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NAME = "org.example/weather"


def hook(team: Team | None = None, *events: Event) -> Webhook:
    return webhooks.create_webhook(
        url="https://hooks.example.org/",
        team=team,
        events=events,
        created_by=administrator(),
        now=NOW,
    )[0]


def told(webhook: Webhook) -> list[str]:
    """The types of events that wait for ``webhook``, in their order."""
    return list(webhook.deliveries.order_by("pk").values_list("event", flat=True))


def registered(**beside: Any) -> Server:
    return services.register_server(document=document(), now=NOW, **beside)


def ask_for_reviews() -> None:
    Policy.objects.update_or_create(pattern="*", defaults={"review": Policy.Review.REQUIRED})


def pending() -> Any:
    ask_for_reviews()
    return registered().latest_version


# --- Each event ----------------------------------------------------------------------------------


def approve() -> None:
    services.approve_version(version=pending(), by=None, now=NOW)


def reject() -> None:
    services.reject_version(version=pending(), reason="Not ours.", by=None, now=NOW)


def publish() -> None:
    services.publish_version(server=registered(), document=document(version="2.0.0"), now=NOW)


def update() -> None:
    services.update_server(server=registered(), changes={"contact": "ada"}, now=NOW)


def deprecate() -> None:
    services.set_status(server=registered(), status=Status.DEPRECATED, message="Old.", now=NOW)


def delete() -> None:
    services.delete_server(server=registered(), message="Gone.", now=NOW)


def restore() -> None:
    server = registered()
    services.delete_server(server=server, now=NOW)
    services.restore_server(server=server, now=NOW)


def drift() -> None:
    server = registered()
    for description in ("One thing.", "Another thing."):
        definition = tool_definition("get", description=description)
        tools = [services.ListedTool(definition=definition)]
        record_tools(server_id=server.pk, tools=tools, now=NOW)


def decide() -> None:
    drift()
    services.accept_all(server=Server.objects.get(), by=None, now=NOW)


HAPPENINGS: dict[Event, tuple[Callable[[], Any], dict[str, Any]]] = {
    Event.REGISTERED: (registered, {"version": "1.0.0", "review_state": "approved"}),
    Event.SUBMITTED: (pending, {"version": "1.0.0", "review_state": "pending"}),
    Event.APPROVED: (approve, {"version": "1.0.0", "review_state": "approved"}),
    Event.REJECTED: (reject, {"version": "1.0.0", "reason": "Not ours."}),
    Event.UPDATED: (update, {"changed": ["contact"]}),
    Event.STATUS_CHANGED: (deprecate, {"status": "deprecated", "message": "Old."}),
    Event.DELETED: (delete, {"message": "Gone."}),
    Event.RESTORED: (restore, {}),
    Event.DRIFTED: (drift, {"policy": "warn", "count": 1}),
    Event.DRIFT_DECIDED: (decide, {"decision": "accept", "count": 1}),
}


@pytest.mark.parametrize("event", HAPPENINGS)
def test_an_event_is_told_with_what_it_is_about(event: Event) -> None:
    webhook, (happen, data) = hook(None, event), HAPPENINGS[event]

    happen()

    [delivery] = webhook.deliveries.all()
    assert (delivery.event, delivery.server_name) == (event, NAME)
    payload = delivery.payload
    assert (payload["type"], payload["timestamp"]) == (event, NOW.isoformat())
    assert data.items() <= payload["data"].items()
    assert payload["data"]["server"] == {
        "name": NAME,
        "title": "weather",
        "team": "default",
        "visibility": "team",
    }


def test_a_new_version_that_needs_no_review_is_told_as_approved() -> None:
    webhook = hook(None, Event.APPROVED)

    publish()

    versions = [each.payload["data"]["version"] for each in webhook.deliveries.order_by("pk")]
    assert versions == ["1.0.0", "2.0.0"]


def test_a_server_that_goes_and_comes_back_with_its_versions_is_told_of() -> None:
    server, webhook = registered(), hook(None, Event.DELETED, Event.RESTORED)
    status = partial(services.set_status, server=server, now=NOW)

    status(status=Status.DEPRECATED, message="Old.")
    status(status=Status.DELETED, message="Gone.")
    status(status=Status.ACTIVE)

    assert told(webhook) == ["server.deleted", "server.restored"]
    assert webhook.deliveries.earliest("pk").payload["data"]["message"] == "Gone."


def test_a_server_that_goes_with_its_last_draft_is_told_of() -> None:
    server, webhook = registered(), hook(None, Event.DELETED)
    draft = document(version="2.0.0")
    version = services.publish_version(server=server, document=draft, draft=True, now=NOW)
    services.set_status(server=server, status=Status.DELETED, now=NOW)
    assert told(webhook) == []

    services.discard_draft(version=version, now=NOW)

    assert told(webhook) == ["server.deleted"]


def test_what_changes_nothing_is_not_told() -> None:
    server, webhook = ServerFactory.create(name=NAME), hook()

    services.update_server(server=server, changes={"enabled": True}, now=NOW)
    latest = server.latest_version.document
    services.publish_version(server=server, document=latest, now=NOW)

    assert told(webhook) == []


def test_what_is_taken_back_is_not_told() -> None:
    webhook = hook()

    with transaction.atomic():
        registered()
        transaction.set_rollback(True)

    assert told(webhook) == []


# --- To whom -------------------------------------------------------------------------------------


def test_a_webhook_is_told_of_the_servers_of_its_team_alone() -> None:
    sky, sea = TeamFactory.create(slug="sky"), TeamFactory.create(slug="sea")
    skys, seas, everyones = hook(sky), hook(sea), hook()

    registered(team=sky, visibility=Visibility.PUBLIC)

    assert told(skys) == told(everyones) == ["server.registered", "version.approved"]
    assert told(seas) == []


def test_nothing_of_a_private_server_is_told_to_a_team() -> None:
    sky = TeamFactory.create(slug="sky")
    skys, everyones = hook(sky), hook()

    server = registered(team=sky, visibility=Visibility.PRIVATE)
    services.delete_server(server=server, now=NOW)

    assert told(skys) == []
    assert "server.deleted" in told(everyones)


def test_a_server_that_moves_is_told_of_to_where_it_went() -> None:
    sky, sea = TeamFactory.create(slug="sky"), TeamFactory.create(slug="sea")
    server = registered(team=sky)
    skys, seas = hook(sky), hook(sea)

    services.update_server(server=server, changes={"team": sea}, now=NOW)
    services.update_server(server=server, changes={"contact": "neptune"}, now=NOW)

    assert told(skys) == []
    assert told(seas) == ["server.updated", "server.updated"]


def test_a_webhook_that_is_off_is_told_of_nothing() -> None:
    webhook = hook()
    webhooks.change_webhook(webhook=webhook, changes={"enabled": False}, now=NOW)

    registered()

    assert told(webhook) == []


def test_a_webhook_with_events_is_told_of_no_others() -> None:
    webhook = hook(None, Event.UPDATED, Event.DELETED)

    update()

    assert told(webhook) == ["server.updated"]


def test_what_changed_is_named_and_its_value_is_not() -> None:
    """A successor may be hidden from the team, and a new owner's name is nobody's business."""
    server, webhook = registered(), hook()
    hidden = ServerFactory.create(name="org.example/canary", visibility=Visibility.PRIVATE)
    owner = UserFactory.create(username="canary")

    changes: services.ServerChanges = {"successor": hidden, "registered_by": owner}
    services.update_server(server=server, changes=changes, now=NOW)

    [delivery] = webhook.deliveries.all()
    assert sorted(delivery.payload["data"]["changed"]) == ["registered_by", "successor"]
    assert "canary" not in str(delivery.payload)


# --- The bell ------------------------------------------------------------------------------------


def test_the_worker_is_rung_for_where_somebody_listens(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    ring = Mock()
    monkeypatch.setattr(doorbell, "ring", ring)
    with django_capture_on_commit_callbacks(execute=True):
        server = registered()
    assert tasks.deliver_webhooks not in [call.args[0] for call in ring.call_args_list]

    hook()
    with django_capture_on_commit_callbacks(execute=True):
        for contact in ("ada", "grace", "edsger"):
            services.update_server(server=server, changes={"contact": contact}, now=NOW)
    rung = [call.args[0] for call in ring.call_args_list]
    assert rung.count(tasks.deliver_webhooks) == 1


def test_the_task_delivers_and_a_second_one_beside_it_leaves_that_to_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deliver = Mock(side_effect=lambda clock: tasks.deliver_webhooks())
    monkeypatch.setattr(webhooks, "deliver_due", deliver)

    tasks.deliver_webhooks()
    tasks.deliver_webhooks()

    assert deliver.call_count == 2


# --- The documentation ---------------------------------------------------------------------------


def test_the_check_in_the_documentation_knows_a_signature_of_ours() -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    snippet = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert snippet is not None
    names: dict[str, Any] = {}
    exec(snippet[1], names)  # noqa: S102 - the page's own code
    is_from_rollcall, secret = names["is_from_rollcall"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    headers = signed_headers(
        message_id="m", body=b"{}", with_secrets=["whsec_AAAA", secret], now=NOW
    )
    with time_machine.travel(NOW, tick=False) as clock:
        assert is_from_rollcall(secret, headers, b"{}")
        assert not is_from_rollcall(secret, headers, b"{ }")
        assert not is_from_rollcall("whsec_BBBB", headers, b"{}")
        clock.shift(301)
        assert not is_from_rollcall(secret, headers, b"{}")


def test_the_documentation_names_every_event() -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")

    assert [event for event in Event if f"`{event}`" not in page] == []


@pytest.mark.parametrize("lost", [{"is_superuser": False}, {"is_active": False}, None])
def test_a_webhook_for_all_ends_with_the_administrator_who_made_it(
    lost: dict[str, bool] | None,
) -> None:
    everyones, teams = hook(), hook(Team.objects.default())
    User.objects.filter(is_superuser=True).update(**lost) if lost else User.objects.all().delete()

    registered()

    assert told(everyones) == []
    assert told(teams)[0] == Event.REGISTERED


def test_deliveries_go_with_their_webhook() -> None:
    webhook = hook()
    registered()

    webhooks.delete_webhook(webhook=webhook, now=NOW)

    assert not WebhookDelivery.objects.exists()
