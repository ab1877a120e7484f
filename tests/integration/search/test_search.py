"""Answers to queries: what is found, in which order, and what is not."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.services import ANONYMOUS, principal_of_user
from search.embedding import ModelNotReady
from search.matches import Kind, Reason
from search.models import SearchEntry
from search.services import (
    EmptyQuery,
    QueryTooLong,
    SearchAnswer,
    refresh_index,
    search,
)
from servers.models import HealthState, Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory, UserFactory, maintainer
from tests.fixtures.indexing import index_catalogue

pytestmark = pytest.mark.django_db

ANYBODY = ANONYMOUS


def names(answer: SearchAnswer) -> list[str]:
    return [result.name for result in answer.results]


@pytest.fixture
def catalogue() -> Server:
    """A weather server and a payment server with two tools each, indexed."""
    weather = ServerFactory(name="org.example/weather", title="Weather", description="Sky.")
    ToolFactory(server=weather, name="get_forecast", description="Rain or sun for tomorrow")
    ToolFactory(server=weather, name="get_history", description="Past temperatures")
    payments = ServerFactory(name="org.example/payments", description="Money.")
    ToolFactory(server=payments, name="charge_card", description="Take money from a card")
    ToolFactory(server=payments, name="refund", description="Give money back")
    index_catalogue(now=NOW)
    return weather


# --- By meaning --------------------------------------------------------------------------------


def test_the_nearest_text_comes_first_with_all_there_is_to_know(catalogue: Server) -> None:
    Server.objects.update(health_state=HealthState.AUTH_REQUIRED)

    answer = search(principal=ANYBODY, query="rain tomorrow or sun")

    assert (answer.degraded, answer.reason) == (False, "")
    best = answer.results[0]
    assert (best.type, best.name, best.server) == (Kind.TOOL, "get_forecast", catalogue.name)
    assert best.match is Reason.MEANING
    assert (best.health, best.health_label) == ("auth_required", "authorization required")
    assert 0 < best.score <= 1
    assert best.score == round(best.score, 4)


def test_scores_fall_and_stay_between_0_and_1(catalogue: Server) -> None:
    scores = [result.score for result in search(principal=ANYBODY, query="take money").results]

    assert len(scores) == 6
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1


@pytest.mark.parametrize("kind", list(Kind))
def test_one_kind_alone_can_be_asked_for(catalogue: Server, kind: Kind) -> None:
    answer = search(principal=ANYBODY, query="money", kinds=(kind,))

    assert {result.type for result in answer.results} == {kind}


def test_no_more_than_asked_for_are_given(catalogue: Server) -> None:
    answer = search(principal=ANYBODY, query="money", limit=2)

    assert (len(answer.results), answer.count) == (2, 6)


def test_pages_continue_where_the_one_before_ended(catalogue: Server) -> None:
    everything = names(search(principal=ANYBODY, query="money"))

    pages = [search(principal=ANYBODY, query="money", limit=4, offset=n) for n in (0, 4, 8)]

    assert [names(page) for page in pages] == [everything[:4], everything[4:], []]
    assert {page.count for page in pages} == {6}


def test_the_number_of_queries_does_not_grow_with_the_results(
    catalogue: Server, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    search(principal=ANYBODY, query="money")

    with django_assert_max_num_queries(6):
        search(principal=ANYBODY, query="money", limit=50)


def test_what_was_indexed_after_the_publication_is_found_at_once(catalogue: Server) -> None:
    search(principal=ANYBODY, query="warm up")
    ServerFactory(name="org.example/late", description="Zebra crossing")
    refresh_index(now=NOW)

    assert names(search(principal=ANYBODY, query="crossing zebra"))[0] == "org.example/late"


def test_what_only_hidden_entries_say_is_no_correction() -> None:
    ServerFactory(name="org.example/seen", description="We deploy a service.")
    for n in range(5):
        ServerFactory(name=f"org.example/h{n}", description="Secret deployments.", enabled=False)
    index_catalogue(now=NOW)

    assert search(principal=ANYBODY, query="deploymnets").did_you_mean == "deploy"


@pytest.mark.parametrize("written", ["deployments", "deployment", "deploying"])
def test_a_correction_is_told_in_a_form_that_the_caller_may_read(written: str) -> None:
    ServerFactory(name="org.example/seen", description=f"All about {written} here.")
    for n in range(5):
        ServerFactory(name=f"org.example/h{n}", description="Secret deployments.", enabled=False)
    index_catalogue(now=NOW)

    assert search(principal=ANYBODY, query="deploymnets").did_you_mean == written


def test_of_the_forms_that_the_caller_may_read_the_nearest_is_told() -> None:
    for n, written in enumerate(["deploying", "deploying", "deployments"]):
        ServerFactory(name=f"org.example/s{n}", description=f"All about {written} here.")
    index_catalogue(now=NOW)

    assert search(principal=ANYBODY, query="deploymnets").did_you_mean == "deployments"


@pytest.mark.parametrize("query", ["weather", "org.example/weather", "qq xx"])
def test_an_empty_catalogue_is_searched_all_the_same(query: str) -> None:
    index_catalogue(now=NOW)

    answer = search(principal=ANYBODY, query=query, facets=True)

    assert (answer.degraded, answer.count, answer.results) == (False, 0, [])


# --- Who sees what -----------------------------------------------------------------------------


def test_a_disabled_server_and_its_tools_are_gone_at_once_for_all_but_its_editors(
    catalogue: Server,
) -> None:
    Server.objects.filter(pk=catalogue.pk).update(enabled=False)

    for query in ("rain or sun", "get_forecast", "weather"):
        assert not {"get_forecast", catalogue.name} & set(
            names(search(principal=ANYBODY, query=query, limit=50))
        )
        editor = principal_of_user(maintainer())
        assert "get_forecast" in names(search(principal=editor, query=query, limit=50))


def test_hidden_entries_take_no_place_among_the_best(catalogue: Server) -> None:
    hidden = ServerFactory.create_batch(30, description="money money", enabled=False)
    index_catalogue(now=NOW)

    answer = search(principal=ANYBODY, query="money money", limit=6)

    assert len(hidden) == 30
    assert answer.count == 6


def test_vanished_tools_are_gone_at_once(catalogue: Server) -> None:
    Tool.objects.filter(name="get_forecast").update(removed_at=NOW)

    for query in ("rain or sun", "get_forecast"):
        assert "get_forecast" not in names(search(principal=ANYBODY, query=query))


def test_a_deleted_server_is_gone_at_once(catalogue: Server) -> None:
    catalogue.delete()

    assert "get_forecast" not in names(search(principal=ANYBODY, query="rain or sun"))


@pytest.mark.parametrize("becomes", ["another server's", "another tool's", "its server's own"])
def test_an_entry_that_stands_for_something_else_by_now_is_gone(
    catalogue: Server, becomes: str
) -> None:
    """As after a restore of the database, whose ids are given anew."""
    search(principal=ANYBODY, query="rain or sun")
    hidden = ToolFactory(server=ServerFactory(enabled=False), name="secret")
    entries = SearchEntry.objects.filter(tool__name="get_forecast")
    if becomes == "another server's":
        entries.update(server=hidden.server)
    elif becomes == "another tool's":
        entries.update(tool=hidden)
    else:
        SearchEntry.objects.filter(server=catalogue, tool=None).delete()
        entries.update(tool=None)

    answer = search(principal=ANYBODY, query="rain or sun", limit=50)

    assert not {"get_forecast", "secret"} & set(names(answer))
    assert answer.count == len(answer.results) > 0


def test_without_anonymous_reading_nobody_unknown_finds_anything(
    catalogue: Server, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = False

    assert search(principal=ANYBODY, query="weather").count == 0
    assert search(principal=principal_of_user(UserFactory()), query="weather").count > 0


# --- By name -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("org.example/weather", "org.example/weather"),
        ("WEATHER", "org.example/weather"),
        ("refund", "refund"),
        ("Charge Card", "charge_card"),
        ("charge-card", "charge_card"),
    ],
)
def test_what_is_called_like_the_query_is_on_top(
    catalogue: Server, query: str, expected: str
) -> None:
    best = search(principal=ANYBODY, query=query).results[0]

    assert (best.name, best.match, best.score) == (expected, Reason.NAME, 1.0)


def test_names_that_begin_with_the_query_come_next(catalogue: Server) -> None:
    server = ServerFactory(name="org.example/bills")
    exact = ToolFactory(server=server, name="invoice")
    ToolFactory(server=server, name="invoice_totals", description="Sums")
    index_catalogue(now=NOW)

    results = search(principal=ANYBODY, query="invoice", kinds=(Kind.TOOL,)).results

    assert [result.name for result in results[:2]] == [exact.name, "invoice_totals"]
    assert [result.match is Reason.NAME for result in results[:2]] == [True, False]
    assert all(result.score < 1 for result in results[1:])


def test_the_beginning_of_a_word_finds_it(catalogue: Server) -> None:
    assert names(search(principal=ANYBODY, query="foreca"))[0] == "get_forecast"


def test_a_mistyped_word_is_understood_and_put_right(catalogue: Server) -> None:
    answer = search(principal=ANYBODY, query="temperatrues of the past")

    assert names(answer)[0] == "get_history"
    assert answer.did_you_mean == "temperatures of the past"


def test_a_wildcard_is_a_letter_like_any_other(catalogue: Server) -> None:
    for query in ("%", "get%", "_et_forecast"):
        results = search(principal=ANYBODY, query=query).results
        assert all(result.match is not Reason.NAME for result in results)


def test_nothing_is_found_twice(catalogue: Server) -> None:
    results = search(principal=ANYBODY, query="get_forecast", limit=50).results

    assert len({(result.server, result.name) for result in results}) == len(results) == 6


def test_a_server_can_be_found_by_name_before_it_is_in_the_published_index(
    catalogue: Server,
) -> None:
    ServerFactory(name="org.example/brand-new")
    refresh_index(now=NOW)

    assert names(search(principal=ANYBODY, query="brand-new"))[0] == "org.example/brand-new"


# --- By words, when meaning cannot be compared -------------------------------------------------


@pytest.fixture
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model_key: str) -> None:
        raise ModelNotReady("The embedding model is not prepared yet.")

    monkeypatch.setattr("search.embedding.embedder_of", refuse)


@pytest.mark.usefixtures("_no_model")
def test_without_a_model_words_are_compared_and_the_reason_is_given(catalogue: Server) -> None:
    answer = search(
        principal=ANYBODY, query="how can I take money from a card?", kinds=(Kind.TOOL,)
    )

    assert answer.degraded
    assert answer.reason == "The embedding model is not prepared yet."
    best = answer.results[0]
    assert (best.name, best.match) == ("charge_card", Reason.WORDS)
    assert 0 < answer.results[1].score < best.score < 1


@pytest.mark.usefixtures("_no_model")
def test_words_in_names_count_before_words_in_descriptions(catalogue: Server) -> None:
    server = ServerFactory(name="org.example/shop")
    ToolFactory(server=server, name="aaa", description="No refund here")
    ToolFactory(server=server, name="zzz_refund_all", description="Everything.")
    index_catalogue(now=NOW)

    answer = search(principal=ANYBODY, query="a refund of everything", kinds=(Kind.TOOL,))

    assert names(answer) == ["zzz_refund_all", "refund", "aaa"]


@pytest.mark.usefixtures("_no_model")
@pytest.mark.parametrize("query", ["the", "?!…", "qqqq"])
def test_a_query_without_telling_words_is_answered_all_the_same(
    catalogue: Server, query: str
) -> None:
    answer = search(principal=ANYBODY, query=query)

    assert all("the" in f"{each.name} {each.description}".lower() for each in answer.results)


@pytest.fixture
def _no_index(settings: Settings) -> None:
    settings.INDEX_DIR = settings.INDEX_DIR / "elsewhere"


@pytest.mark.usefixtures("catalogue", "_no_index")
def test_without_an_index_words_are_compared() -> None:
    answer = search(principal=ANYBODY, query="past temperatures")

    assert (answer.degraded, answer.reason) == (True, "No index is published yet.")
    assert names(answer)[0] == "get_history"


@pytest.mark.usefixtures("catalogue", "_no_index")
def test_without_an_index_pages_continue_and_count_all_that_was_found() -> None:
    everything = names(search(principal=ANYBODY, query="money"))

    pages = [search(principal=ANYBODY, query="money", limit=2, offset=n) for n in (0, 2, 4)]

    assert sorted(everything) == ["charge_card", "org.example/payments", "refund"]
    assert [names(page) for page in pages] == [everything[:2], everything[2:], []]
    assert [(page.count, page.offset) for page in pages] == [(3, 0), (3, 2), (3, 4)]


@pytest.mark.usefixtures("catalogue", "_no_index")
def test_without_an_index_what_is_less_likely_can_be_left_out() -> None:
    whole = search(principal=ANYBODY, query="past temperatures money", min_score=0)
    likely = search(principal=ANYBODY, query="past temperatures money", min_score=0.5, limit=1)

    assert {result.score for result in whole.results} == {round(1 / 3, 4), round(2 / 3, 4)}
    assert (names(likely), likely.count) == (["get_history"], 1)


# --- Queries that cannot be answered -----------------------------------------------------------


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_an_empty_query_is_refused(query: str) -> None:
    with pytest.raises(EmptyQuery):
        search(principal=ANYBODY, query=query)


def test_a_query_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(QueryTooLong, match="2,001 characters; 2,000"):
        search(principal=ANYBODY, query="x" * 2001)


@pytest.mark.parametrize("query", ["x" * 2000, "'; DROP TABLE--", "\u202e🌦\u0000", "[]{}()*^$\\"])
def test_odd_queries_are_answered(catalogue: Server, query: str) -> None:
    assert search(principal=ANYBODY, query=query).query == query.strip()
