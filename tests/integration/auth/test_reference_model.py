"""Every surface agrees with a second, independent statement of the rules; see reference_model."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.access import Action
from accounts.services import Principal
from search.matches import Kind
from search.services import search
from search.visibility import visible_to
from servers.access import Question, allowed, may_register
from servers.models import Server, Tag, Tool
from tests.fixtures.indexing import index_catalogue
from tests.integration.auth.random_worlds import COMMON, Stored, askers_of, random_world, store
from tests.integration.auth.reference_model import ACTIONS, Asker, Person, Thing, World
from tests.integration.search.findable import found_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
WORLDS = range(4)  # of 30 people, a visitor and 85 servers: 10,540 pairs
# Of every asker this many servers are asked for one by one, which costs a request each.
LOOKED_AT = 4
EVERYTHING = 100_000

Case = tuple[Asker, Principal]


class Comparison:
    """One random world, in the model and in the database."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable, and no secret
        self.world = random_world(self.random, NOW)
        self.askers = askers_of(self.random, self.world)
        self.stored: Stored = store(self.world)

    def cases(self) -> Iterator[Case]:
        for asker in self.askers:
            yield asker, self.stored.principal(asker)

    def client(self, asker: Asker) -> APIClient:
        client = APIClient()
        if asker.person is not None:
            user = self.stored.users[asker.person.name]
            client.force_authenticate(user, token=self.stored.token(asker))
        return client

    def some(self) -> list[Thing]:
        return self.random.sample(self.world.things, LOOKED_AT)


@pytest.fixture(params=WORLDS)
def compared(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Comparison]:
    with time_machine.travel(NOW, tick=False):
        comparison = Comparison(request.param)
        settings.ANONYMOUS_READ = comparison.world.visitors_read
        yield comparison


def test_ten_thousand_pairs_are_compared() -> None:
    worlds = [random_world(Random(seed), NOW) for seed in WORLDS]  # noqa: S311 - as above

    assert sum(len(world.people) * len(world.things) for world in worlds) >= 10_000


def test_each_action_is_allowed_on_the_same_servers(compared: Comparison) -> None:
    for asker, principal in compared.cases():
        for action in ACTIONS:
            rows = Server.objects.allowed_to(principal, Action(action))
            expected = {
                thing.name
                for thing in compared.world.things
                if compared.world.may(asker, action, thing)
            }
            assert set(rows.values_list("name", flat=True)) == expected, (asker, action)


def test_the_question_of_one_server_and_tool_has_the_same_answer(compared: Comparison) -> None:
    for asker, principal in compared.cases():
        for thing in compared.some():
            for tool in (None, "get", "get_rain", "unheard-of"):
                question = Question(
                    principal=principal, action=Action.CALL, now=NOW, server=thing.name, tool=tool
                )
                answer = Server.objects.filter(allowed(question)).exists()
                assert answer == compared.world.may(asker, "call", thing, tool), (asker, thing)


def test_the_same_may_register(compared: Comparison) -> None:
    for asker, principal in compared.cases():
        for thing in compared.some():
            for slug, team in compared.stored.teams.items():
                answer = may_register(principal=principal, name=thing.name, team=team, now=NOW)
                assert answer == compared.world.may_register(asker, thing.name, slug), asker


def test_lists_counts_tags_and_facets_hold_the_same(compared: Comparison) -> None:
    for asker, principal in compared.cases():
        seen = [t for t in compared.world.things if compared.world.may(asker, "view", t)]
        response = compared.client(asker).get("/api/servers?limit=200&count=true")
        if response.status_code == 401:
            assert (asker.person, seen) == (None, [])
            continue
        listed = response.json()
        assert listed["count"] == len(seen)
        assert {row["name"]: row["tool_count"] for row in listed["results"]} == {
            thing.name: len(compared.world.tools_seen(asker, thing)) for thing in seen
        }
        tags = Tag.objects.in_use(principal).values_list("name", "server_count")
        assert dict(tags) == Counter(tag for thing in seen for tag in thing.tags)
        facets = Server.objects.visible_to(principal).facets("category", "health_state")
        counted = {facet.value: facet.total for facet in facets.of("category")}
        assert counted == Counter(thing.category for thing in seen)


def test_the_export_holds_the_same(compared: Comparison) -> None:
    for asker, _ in compared.cases():
        response = compared.client(asker).get("/api/servers/export")
        if response.status_code == 200:
            body = json.loads(b"".join(response.streaming_content))  # type: ignore[attr-defined]
            names = {entry["server"]["name"] for entry in body["servers"]}
            approved = {thing.name for thing in compared.world.things if thing.published}
            assert names == compared.world.sees(asker) & approved, asker


def test_single_servers_and_their_tools_are_there_for_the_same(compared: Comparison) -> None:
    for asker, _ in compared.cases():
        client, signed_in = compared.client(asker), asker.person is not None
        for thing in compared.some():
            may = compared.world.may(asker, "view", thing)
            hidden = 404 if signed_in or compared.world.visitors_read else 401
            address = reverse("server-detail", args=[thing.name])
            assert client.get(address).status_code == (200 if may else hidden), (asker, thing)
            if may:
                tools = {row["name"] for row in client.get(f"{address}/tools").json()["results"]}
                assert tools == compared.world.tools_seen(asker, thing), (asker, thing)


@pytest.mark.parametrize("by", ["meaning", "words"])
def test_search_finds_the_same(
    compared: Comparison, by: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("ranking.MOST_FOUND", "ranking.CANDIDATES", "services.searching.MOST_FOUND"):
        monkeypatch.setattr(f"search.{bound}", EVERYTHING)
    index_catalogue(now=NOW)
    if by == "words":
        settings.INDEX_DIR = Path("/nowhere")
    for asker, principal in compared.cases():
        answer = search(principal=principal, query=COMMON, limit=EVERYTHING)
        assert answer.degraded == (by == "words")
        found = {
            (row.server, row.name if row.type is Kind.TOOL else None) for row in answer.results
        }
        things = [t for t in compared.world.things if compared.world.may(asker, "view", t)]
        expected: set[tuple[str, str | None]] = {(thing.name, None) for thing in things}
        expected |= {(t.name, tool) for t in things for tool in compared.world.tools_seen(asker, t)}
        assert found == expected, asker
        # What is hidden is out before the best are taken, not only out of the answer.
        assert found_in(visible_to(principal)) == {
            f"{server}#{tool}" if tool else server for server, tool in expected
        }, asker


def test_tools_are_visible_to_the_same(compared: Comparison) -> None:
    for asker, principal in compared.cases():
        rows = Tool.objects.visible_to(principal).values_list("server__name", "name")
        assert set(rows) == {
            (thing.name, tool)
            for thing in compared.world.things
            for tool in compared.world.tools_seen(asker, thing)
        }


def test_who_can_names_the_same_people_and_actions(compared: Comparison) -> None:
    world, stranger = compared.world, Asker(person=Person(name="stranger"))
    for thing in compared.some():
        if thing.deleted:
            with pytest.raises(CommandError, match="There is no server"):
                told(thing.name, None)
            continue
        for tool in (None, "get_rain"):
            general = actions_of(world, stranger, thing, tool)
            expected = {"visitors": actions_of(world, Asker(), thing, tool)}
            expected["everybody signed in"] = general
            for person in world.people:
                may = actions_of(world, Asker(person=person), thing, tool)
                if person.active and may - general:
                    expected[person.name] = may
            assert told(thing.name, tool) == expected, thing


def actions_of(world: World, who: Asker, thing: Thing, tool: str | None) -> set[str]:
    actions = (action for action in ACTIONS if action != "register")  # the server is there
    return {action for action in actions if world.may(who, action, thing, tool)}


def told(name: str, tool: str | None) -> dict[str, Any]:
    """What ``who_can`` prints, by account; each action it allows has a reason."""
    printed = StringIO()
    call_command("who_can", name, *([tool] if tool else []), stdout=printed)
    answer: dict[str, set[str]] = {}
    reasoned: dict[str, set[str]] = {}
    account = ""
    for line in printed.getvalue().splitlines():
        left, _, right = line.partition(": ")
        if line.startswith("    "):
            reasoned[account] |= set(left.strip().split(", "))
        else:
            account = left
            actions = re.sub(r" \([^)]*\)", "", right)  # without "some tools only"
            answer[account] = set() if actions == "nothing" else set(actions.split(", "))
            reasoned[account] = set()
    assert reasoned == answer
    return answer
