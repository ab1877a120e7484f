"""Health in the admin: read, and checked again, by administrators."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.test import Client
from django.utils import timezone

from healthchecks.models import Observation, ServerHealth
from healthchecks.services import ensure_rows
from healthchecks.tasks import sweep
from registry_site.lib import doorbell
from servers.models import HealthState
from tests.fixtures.factories import ServerFactory, administrator

pytestmark = pytest.mark.django_db

HEALTH = "/admin/healthchecks/serverhealth/"
OBSERVATIONS = "/admin/healthchecks/observation/"


def signed_in() -> Client:
    client = Client()
    client.force_login(administrator())
    return client


def test_health_and_observations_are_listed_and_not_edited() -> None:
    server = ServerFactory.create(name="org.example/weather")
    ensure_rows(now=timezone.now())
    Observation.objects.create(server=server, at=timezone.now(), state=HealthState.HEALTHY)
    client = signed_in()

    for address in (HEALTH, OBSERVATIONS):
        assert "org.example/weather" in client.get(address).content.decode()
        assert client.get(f"{address}add/").status_code == 403
    assert client.post(f"{OBSERVATIONS}{Observation.objects.get().pk}/change/").status_code == 403


def test_check_now_makes_the_servers_due_and_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    bell = Mock()
    monkeypatch.setattr(doorbell, "ring", bell)
    server = ServerFactory.create()
    ensure_rows(now=timezone.now())
    ServerHealth.objects.update(next_check_at=timezone.now() + timedelta(hours=1))

    answer = signed_in().post(
        HEALTH, {"action": "check_now", "_selected_action": [server.pk]}, follow=True
    )

    assert "1 of 1 servers will be checked." in answer.content.decode()
    assert ServerHealth.objects.due(timezone.now()).exists()
    bell.assert_called_once_with(sweep)
