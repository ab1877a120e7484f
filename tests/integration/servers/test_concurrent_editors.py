"""Editors of one server at the same time, over real HTTP: every change is based on the last."""

import httpx
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.services import create_token
from scripts.bench_editors import LOST, WON, compete
from tests.fixtures.factories import ServerFactory, maintainer

NAME = "org.example/weather"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_no_update_is_lost_between_ten_editors(live_server: LiveServer) -> None:
    ServerFactory.create(name=NAME, category="the first")
    _, clear = create_token(user=maintainer(), name="editors", now=timezone.now())
    headers = {"Authorization": f"Bearer {clear}"}

    with httpx.Client(base_url=live_server.url, headers=headers, trust_env=False) as client:
        outcome = compete(client, NAME, editors=10, edits=100)

    assert outcome.faults() == []
    assert sum(outcome.answers.values()) == 100
    assert min(outcome.answers[WON], outcome.answers[LOST]) > 0
