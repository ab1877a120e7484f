"""What a search is narrowed by, and that facets count what a filter then leaves."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from accounts.access import Action
from accounts.models import Grant
from accounts.services import ANONYMOUS, Principal, principal_of_user
from search.filters import NO_FILTERS, Facet, Filters, InvalidFilter, facets_of, narrowed
from search.visibility import visible_to
from servers.access import Visibility
from servers.models import HealthState, Server, ServerVersion, Status, Tool, Transport
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ToolFactory,
    UserFactory,
    administrator,
    tool_definition,
)
from tests.integration.search.findable import found_in

pytestmark = pytest.mark.django_db

NPM = {"registryType": "npm", "identifier": "clock", "transport": {"type": "stdio"}}


def narrow(principal: Principal = ANONYMOUS, /, **said: Any) -> set[str]:
    """What is found with these filters: ``server``, and ``server#tool``."""
    return found_in(narrowed(visible_to(principal), Filters(**said), principal))


def annotated(name: str, server: Server, **annotations: object) -> Tool:
    return ToolFactory.create(
        server=server, name=name, definition=tool_definition(name, annotations=annotations)
    )


@pytest.fixture(autouse=True)
def catalogue() -> None:
    """Three servers that differ in everything, and one that nobody sees."""
    clock = ServerFactory.create(
        name="a.b/Clock",
        tags=["time", "sea"],
        labels={"team": "red", "tier": "1"},
        category="Maps",
        package_types={"npm": 1, "oci": 2},
        health_state=HealthState.HEALTHY,
        registered_by=UserFactory.create(username="ada"),
    )
    tide = ServerFactory.create(
        name="a.b/tide",
        tags=["sea"],
        labels={"team": "blue"},
        category="maps",
        transport=Transport.STDIO,
        package_types={"pypi": 1},
    )
    ServerFactory.create(name="a.b/bare", transport="")
    ServerFactory.create(
        name="a.b/hidden", visibility=Visibility.PRIVATE, tags=["sea"], package_types={"npm": 1}
    )
    ServerVersion.objects.filter(server=tide).update(status=Status.DEPRECATED)
    annotated("look", clock, readOnlyHint=True)
    annotated("add", clock, readOnlyHint=False, destructiveHint=False)
    annotated("drop", tide)
    annotated("look", tide, readOnlyHint=True, destructiveHint=True)


CLOCK = {"a.b/Clock", "a.b/Clock#look", "a.b/Clock#add"}
TIDE = {"a.b/tide", "a.b/tide#drop", "a.b/tide#look"}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, CLOCK | TIDE | {"a.b/bare"}),
        ({"tag": "sea"}, CLOCK | TIDE),
        ({"tag": "TIME"}, CLOCK),
        ({"label": "team"}, CLOCK | TIDE),
        ({"label": "team:red"}, CLOCK),
        ({"label": "team:"}, set()),
        ({"category": "MAPS"}, CLOCK | TIDE),
        ({"transport": "stdio"}, TIDE),
        ({"package_type": "npm"}, CLOCK),
        ({"package_type": "0"}, set()),
        ({"health": "healthy"}, CLOCK),
        ({"status": "active"}, CLOCK | {"a.b/bare"}),
        ({"status": "deprecated"}, TIDE),
        ({"server": "A.B/clock"}, CLOCK),
        ({"server": "a.b/hidden"}, set()),
        ({"has_tool": "add"}, CLOCK),
        ({"has_tool": "look", "tag": "time"}, CLOCK),
        ({"has_tool": "look", "category": "none"}, set()),
    ],
)
def test_servers_are_narrowed_with_their_tools(said: dict[str, str], found: set[str]) -> None:
    assert narrow(**said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"read_only": True}, {"a.b/Clock#look", "a.b/tide#look"}),
        ({"read_only": False}, {"a.b/Clock#add", "a.b/tide#drop"}),
        ({"destructive": True}, {"a.b/tide#drop"}),
        ({"destructive": False}, {"a.b/Clock#look", "a.b/Clock#add", "a.b/tide#look"}),
        ({"read_only": True, "destructive": True}, set()),
        ({"read_only": False, "destructive": False}, {"a.b/Clock#add"}),
        ({"read_only": True, "tag": "time"}, {"a.b/Clock#look"}),
    ],
)
def test_hints_ask_for_tools_alone(said: dict[str, Any], found: set[str]) -> None:
    assert narrow(**said) == found
    assert Filters(**said).of_tools_alone


def test_the_owner_is_for_those_who_are_signed_in() -> None:
    assert narrow(principal_of_user(administrator()), owner="ada") == CLOCK
    assert narrow(owner="ada") == set()


def test_a_tool_that_is_not_shown_is_not_offered() -> None:
    tool = Tool.objects.get(name="add")
    for columns in ({"removed_at": CREATED_AT}, {"removed_at": None, "held": True}):
        Tool.objects.filter(pk=tool.pk).update(**columns)

        assert narrow(has_tool="add") == set()


def test_a_tool_that_a_grant_does_not_open_is_not_offered() -> None:
    Server.objects.update(visibility=Visibility.PRIVATE)
    guest = UserFactory.create()
    Grant.objects.create(
        user=guest, action=Action.VIEW, pattern="*", tool_pattern="look", created_at=CREATED_AT
    )

    assert narrow(principal_of_user(guest), has_tool="look") == {
        *("a.b/Clock", "a.b/Clock#look"),
        *("a.b/tide", "a.b/tide#look"),
    }
    assert narrow(principal_of_user(guest), has_tool="add") == set()


def test_package_types_are_those_of_the_latest_document(server_service: Any) -> None:
    facts = {"name": "a.b/new", "description": "New.", "version": "1.0.0", "packages": [NPM]}
    server_service.register_server(facts)

    assert Server.objects.get(name="a.b/new").package_types == {"npm": 1}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"health": "fine"}, "'fine' is none of unknown, healthy"),
        ({"transport": "smoke"}, "none of streamable-http, sse, stdio"),
        ({"status": "old"}, "none of active, deprecated, deleted"),
        ({"label": "Not A Key:x"}, "is not the key of a label"),
        ({"label": ":x"}, "is not the key of a label"),
        ({"tag": "x" * 51}, "51 characters; 50 are the most"),
        ({"has_tool": "x\0"}, "Null characters"),
    ],
)
def test_what_makes_no_sense_is_refused(said: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidFilter, match=reason) as refusal:
        narrow(**said)

    assert refusal.value.name in said


def test_filters_cost_two_queries_at_most(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    visible = visible_to(ANONYMOUS)

    for filters, queries in (
        (NO_FILTERS, 0),
        (Filters(tag="sea", label="team:red", status="active", has_tool="look"), 1),
        (Filters(read_only=True), 1),
        (Filters(read_only=True, health="healthy"), 2),
    ):
        with django_assert_num_queries(queries):
            narrowed(visible, filters, ANONYMOUS)


# --- Facets ------------------------------------------------------------------------------------


def results(servers: QuerySet[Server]) -> list[tuple[int, int]]:
    """These servers and their tools as results."""
    tools = Tool.objects.filter(server__in=servers).values_list("server", "pk")
    return [(server.pk, 0) for server in servers] + list(tools)


@pytest.fixture
def seen() -> list[tuple[int, int]]:
    return results(Server.objects.visible_to(ANONYMOUS))


def counted(facets: Iterable[Facet]) -> dict[str, int]:
    return {facet.value: facet.total for facet in facets}


def test_results_are_counted_by_what_their_servers_are(seen: list[tuple[int, int]]) -> None:
    facets = {name: counted(found) for name, found in facets_of(seen).items()}

    assert facets == {
        "type": {"tool": 4, "server": 3},
        "tag": {"sea": 6, "time": 3},
        "label": {"team": 6, "team:red": 3, "team:blue": 3, "tier": 3, "tier:1": 3},
        "category": {"Maps": 6},
        "transport": {"streamable-http": 3, "stdio": 3},
        "package_type": {"npm": 3, "oci": 3, "pypi": 3},
        "health": {"unknown": 4, "healthy": 3},
        "status": {"active": 4, "deprecated": 3},
    }


def test_a_value_that_is_chosen_leaves_as_many_as_it_counts(seen: list[tuple[int, int]]) -> None:
    facets = facets_of(seen)
    del facets["type"]

    wrong = [
        (name, facet)
        for name, found in facets.items()
        for facet in found
        if len(narrow(**{name: facet.value})) != facet.total
    ]

    assert wrong == []


def test_the_most_frequent_come_first_with_words_for_people(seen: list[tuple[int, int]]) -> None:
    facets = facets_of(seen)

    assert facets["tag"] == [Facet("sea", "sea", 6), Facet("time", "time", 3)]
    assert facets["health"][0] == Facet("unknown", "unknown", 4)
    assert Facet("sse", "HTTP+SSE", 1) in facets_of(results(renamed_transport()))["transport"]


def renamed_transport() -> QuerySet[Server]:
    Server.objects.filter(name="a.b/bare").update(transport=Transport.SSE)
    return Server.objects.filter(name="a.b/bare")


def test_no_facet_lists_more_than_twenty_values() -> None:
    server = ServerFactory.create(labels={f"key{n}": "x" for n in range(30)})

    assert len(facets_of([(server.pk, 0)])["label"]) == 20


def test_to_count_costs_one_query(
    seen: list[tuple[int, int]], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        facets_of(seen)


def test_of_no_results_there_is_nothing_to_count() -> None:
    assert set(map(len, facets_of([]).values())) == {0}
