"""What is kept of searches and of what people went on with, and of whom nothing is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from accounts.services import ANONYMOUS, Principal
from search.answers import SearchAnswer, SearchResult
from search.matches import Kind, Reason
from search.models import LoggedSearch, ResultUse, Surface
from search.services import feedback
from search.snippets import Snippet
from search.tasks import forget_searches
from search.write_behind import WriteBehind
from servers.access import Visibility
from servers.models import Server
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory, UserFactory

pytestmark = pytest.mark.django_db
CLICKS = "/api/search/clicks"
MY_LOG = "/api/me/search-log"


@pytest.fixture(autouse=True)
def logged(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is noted waits for the test to write it: a thread would not see its transaction."""
    settings.SEARCH_LOG = "accounts"
    monkeypatch.setattr(WriteBehind, "start", lambda self: None)
    yield
    feedback._noted.start_over()


@pytest.fixture
def weather() -> Server:
    server = ServerFactory.create(name="org.example/weather")
    ToolFactory.create(server=server, name="get_forecast")
    return server


def person() -> Principal:
    return Principal(user=UserFactory.create())


def result(server: str, tool: str = "", *, score: float = 0.9) -> SearchResult:
    return SearchResult(
        type=Kind.TOOL if tool else Kind.SERVER,
        name=tool or server,
        title="",
        description="",
        server=server,
        score=score,
        match=Reason.MEANING,
        health="unknown",
        health_label="unknown",
        url="",
        snippet=Snippet(text="", highlights=[]),
    )


def note(
    principal: Principal = ANONYMOUS, *, query: str = "Rain  or Sun", **answered: Any
) -> LoggedSearch | None:
    """What is kept of a search once it is written."""
    answer: dict[str, Any] = {
        "results": [result("org.example/weather", "get_forecast")],
        "count": 7,
        "offset": 0,
    }
    search_id = feedback.note_search(
        principal=principal,
        surface=Surface.API,
        answer=SearchAnswer(
            query=query, degraded=False, reason="", did_you_mean="", **answer | answered
        ),
        kinds=tuple(Kind),
        filtered=False,
        duration_ms=12.5,
        now=NOW,
    )
    feedback.flush()
    return LoggedSearch.objects.filter(pk=search_id).first()


def click(client: APIClient, search: Any, **target: str) -> int:
    """The status of the answer, after which the click is written."""
    body = {"search_id": str(search), "server": "org.example/weather"} | target
    status: int = client.post(CLICKS, body).status_code
    feedback.flush()
    return status


# --- Searches ----------------------------------------------------------------------------------


def test_a_search_is_kept_with_how_it_was_answered() -> None:
    kept = note(person())

    assert kept is not None
    assert (kept.query, kept.characters, kept.words) == ("rain or sun", 12, 3)
    assert (kept.results, kept.top_score, kept.kinds) == (7, 0.9, "server tool")
    assert (kept.at, kept.surface, kept.duration_ms) == (NOW, Surface.API, 12.5)


@pytest.mark.parametrize(
    ("setting", "of_account", "of_visitor"),
    [
        ("all", "rain or sun", "rain or sun"),
        ("accounts", "rain or sun", ""),
        ("counts", "", ""),
    ],
)
def test_whose_text_is_kept_is_a_setting(
    settings: Settings, setting: str, of_account: str, of_visitor: str
) -> None:
    settings.SEARCH_LOG = setting
    kept = [note(person()), note(ANONYMOUS)]

    assert [search and search.query for search in kept] == [of_account, of_visitor]
    assert [search and search.words for search in kept] == [3, 3]


def test_nothing_is_kept_where_that_is_off(settings: Settings) -> None:
    settings.SEARCH_LOG = "off"

    assert note(person()) is None


@pytest.mark.parametrize(
    "secret", ["rollcall_0123456789abcdef", "ghp_" + "x" * 36, "0a1b2c3d" * 4, "eyJhbGciOiJIUz.e30"]
)
def test_what_looks_like_a_secret_is_left_out(secret: str) -> None:
    kept = note(person(), query=f"use {secret} for github")

    assert kept is not None
    assert kept.query == "use … for github"


@pytest.mark.parametrize(
    ("query", "kept_as"), [("a\ud800b", "ab"), ("x" * 2_000, "x" * 500), ("ﬁles", "files")]
)
def test_odd_texts_are_kept_as_far_as_they_can_be(query: str, kept_as: str) -> None:
    kept = note(person(), query=query)

    assert kept is not None
    assert kept.query == kept_as


def test_a_search_of_an_account_that_is_gone_is_dropped_and_no_other() -> None:
    user = UserFactory.create()
    principal = Principal(user=user, via="session")
    feedback._noted.add(LoggedSearch(id=uuid4(), account_id=user.pk))
    User.objects.filter(pk=user.pk).delete()

    assert note(person()) is not None
    assert note(principal) is None
    assert LoggedSearch.objects.count() == 1


def test_what_is_older_than_it_is_kept_is_deleted(settings: Settings) -> None:
    settings.SEARCH_LOG_DAYS = 90
    note()
    feedback.forget_searches(now=NOW + timedelta(days=90))
    assert LoggedSearch.objects.count() == 1

    feedback.forget_searches(now=NOW + timedelta(days=90, seconds=1))
    assert LoggedSearch.objects.count() == 0


def test_the_task_deletes_what_is_old() -> None:
    note()
    forget_searches()

    assert LoggedSearch.objects.count() == 0


# --- Whoever does not want to be logged --------------------------------------------------------


def test_an_account_erases_what_is_logged_of_it_and_is_logged_no_more(
    test_client: APIClient,
) -> None:
    me, other = person(), person()
    note(me), note(other)
    test_client.force_authenticate(me.user)

    answer = test_client.put(MY_LOG, {"enabled": False})

    assert answer.json() == test_client.get(MY_LOG).json() == {"enabled": False}
    assert note(me) is None
    assert [search.account for search in LoggedSearch.objects.all()] == [other.user]
    assert AuditEvent.objects.get(action="user.search_log").after == {"logged": False}


def test_a_search_that_waits_to_be_written_is_not_written_after_all() -> None:
    me = UserFactory.create()
    feedback._noted.add(LoggedSearch(id=uuid4(), account_id=me.pk, at=NOW))
    feedback.set_logged(user=me, log=False, now=NOW)
    feedback.flush()

    assert LoggedSearch.objects.count() == 0


def test_an_account_can_let_its_searches_be_logged_again(test_client: APIClient) -> None:
    me = person()
    test_client.force_authenticate(me.user)
    for enabled in (False, True, True):
        test_client.put(MY_LOG, {"enabled": enabled})

    assert note(me) is not None
    assert AuditEvent.objects.filter(action="user.search_log").count() == 2


@pytest.mark.parametrize("body", [{}, {"enabled": "perhaps"}, {"enabled": None}])
def test_a_wrong_wish_is_refused(test_client: APIClient, body: dict[str, Any]) -> None:
    test_client.force_authenticate(UserFactory.create())

    assert test_client.put(MY_LOG, body).status_code == 400


def test_a_visitor_has_no_log(test_client: APIClient) -> None:
    assert test_client.get(MY_LOG).status_code == 401


# --- Clicks ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("weather")
def test_a_click_is_kept_once_with_its_rank(test_client: APIClient) -> None:
    shown = [result("org.example/other"), result("org.example/weather", "get_forecast")]
    search = note(results=shown, offset=10)
    assert search is not None

    answers = [click(test_client, search.pk, tool="get_forecast") for _ in range(2)]

    assert answers == [204, 204]
    use = ResultUse.objects.get()
    assert (use.search, use.tool, use.rank) == (search, "get_forecast", 12)


@pytest.mark.usefixtures("weather")
def test_a_click_on_what_was_not_shown_has_no_rank(test_client: APIClient) -> None:
    search = note()
    assert search is not None
    click(test_client, search.pk)

    assert ResultUse.objects.get().rank is None


@pytest.mark.usefixtures("weather")
@time_machine.travel(NOW, tick=False)
def test_a_click_waits_for_its_search(test_client: APIClient) -> None:
    search_id = uuid4()
    click(test_client, search_id)
    LoggedSearch(
        id=search_id, at=NOW, characters=1, words=1, filtered=False, results=0, offset=0,
        degraded=False, duration_ms=1, shown=b"",
    ).save()  # fmt: skip
    feedback.flush()

    assert ResultUse.objects.count() == 1


@pytest.mark.usefixtures("weather")
def test_a_click_for_a_search_that_nobody_knows_is_forgotten(test_client: APIClient) -> None:
    with time_machine.travel(NOW, tick=False):
        assert click(test_client, uuid4()) == 204
        assert len(feedback._noted) == 1
    with time_machine.travel(NOW + feedback.PATIENCE, tick=False):
        feedback.flush()

    assert len(feedback._noted) == ResultUse.objects.count() == 0


def test_a_click_on_what_is_hidden_is_answered_as_if_it_were_absent(
    test_client: APIClient,
) -> None:
    ServerFactory.create(name="org.example/hidden", visibility=Visibility.PRIVATE)
    search = {"search_id": str(uuid4())}
    hidden = test_client.post(CLICKS, search | {"server": "org.example/hidden"})
    absent = test_client.post(CLICKS, search | {"server": "org.example/absent"})

    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()


@pytest.mark.usefixtures("weather")
@pytest.mark.parametrize(
    "body",
    [
        {"search_id": "x"},
        {"server": ""},
        {"server": None},
        {"tool": "x" * 256},
        {"server": "x\x00"},
    ],
)
def test_a_wrong_click_is_refused(test_client: APIClient, body: dict[str, Any]) -> None:
    right = {"search_id": str(uuid4()), "server": "org.example/weather"}

    assert test_client.post(CLICKS, right | body).status_code == 400


def test_visitors_click_only_where_they_may_read(
    test_client: APIClient, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = False

    assert click(test_client, uuid4()) == 401
