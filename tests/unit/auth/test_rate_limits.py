"""Counting: who is counted as one, what is told of it, and what happens without Redis."""

import logging
from collections.abc import Iterator

import pytest
import time_machine
from limits.errors import StorageError
from limits.storage import MemoryStorage
from pytest_django.fixtures import Settings

from accounts import rate_limits
from accounts.checks import proxies_can_be_counted, rate_limits_can_be_read
from accounts.rate_limits import Counters, Policy, limit_of, look, network_of, take
from tests.fixtures.rate_limits import forget_counters


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    forget_counters()
    yield
    forget_counters()


@pytest.fixture(autouse=True)
def three_a_minute(settings: Settings) -> None:
    settings.RATE_LIMIT_ANONYMOUS = "3/minute"


def outcomes(times: int, who: str = "192.0.2.1") -> list[bool]:
    standings = [take(Policy.ANONYMOUS, who) for _ in range(times)]
    return [standing.exceeded for standing in standings if standing]


def test_what_is_over_the_limit_does_not_pass() -> None:
    assert outcomes(5) == [False, False, False, True, True]


def test_callers_are_counted_each_for_themselves() -> None:
    outcomes(3)
    assert outcomes(1, who="192.0.2.2") == [False]


def test_the_window_moves_with_the_time() -> None:
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False) as clock:
        outcomes(3)
        clock.shift(59)
        assert outcomes(1) == [True]
        clock.shift(2)
        assert outcomes(1) == [False]


def test_looking_counts_nothing() -> None:
    for _ in range(5):
        standing = look(Policy.ANONYMOUS, "192.0.2.1")
        assert standing
        assert not standing.exceeded


def test_the_headers_name_policy_rest_and_seconds() -> None:
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False):
        standing = take(Policy.ANONYMOUS, "192.0.2.1")
    assert standing
    assert standing.headers() == {
        "RateLimit-Policy": '"anonymous";q=3;w=60',
        "RateLimit": '"anonymous";r=2;t=60',
    }


def test_over_the_limit_the_headers_say_when_to_come_back() -> None:
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False) as clock:
        outcomes(3)
        clock.shift(20)
        standing = take(Policy.ANONYMOUS, "192.0.2.1")
    assert standing
    assert standing.headers()["RateLimit"] == '"anonymous";r=0;t=40'
    assert standing.headers()["Retry-After"] == "40"


def test_an_empty_rate_is_no_limit(settings: Settings) -> None:
    settings.RATE_LIMIT_ANONYMOUS = ""
    assert take(Policy.ANONYMOUS, "192.0.2.1") is None
    assert look(Policy.ANONYMOUS, "192.0.2.1") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        (None, "None"),
    ],
)
def test_an_ipv6_client_is_its_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


class Unreachable(MemoryStorage):
    """A Redis that is down."""

    STORAGE_SCHEME = ["unreachable"]
    asked = 0

    def acquire_entry(self, *arguments: object, **options: object) -> bool:
        Unreachable.asked += 1
        raise StorageError(ConnectionError("refused"))


@pytest.fixture
def without_redis(settings: Settings) -> None:
    settings.RATE_LIMIT_STORAGE = "unreachable://"
    Unreachable.asked = 0


@pytest.mark.usefixtures("without_redis")
def test_without_redis_this_process_counts() -> None:
    assert outcomes(5) == [False, False, False, True, True]


@pytest.mark.usefixtures("without_redis")
def test_redis_is_asked_again_after_a_while_and_the_log_tells_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = iter([100.0, 100.0, 101.0, 106.0, 106.0, 170.0, 170.0])
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: next(seconds))
    with caplog.at_level(logging.WARNING):
        outcomes(4)
    assert Unreachable.asked == 3
    assert len(caplog.records) == 2


def test_counters_that_answer_are_asked_every_time() -> None:
    counted = Counters("memory://")
    assert counted.ask(lambda limiter: type(limiter.storage)) is MemoryStorage


@pytest.mark.parametrize("rate", ["many", "10/fortnight", "0/minute", "10/minute;5/second"])
def test_what_is_no_limit_is_told_at_the_start(settings: Settings, rate: str) -> None:
    settings.RATE_LIMIT_PRINCIPAL = rate
    assert [error.id for error in rate_limits_can_be_read()] == ["accounts.E001"]
    with pytest.raises(ValueError, match=r"\w"):
        limit_of(rate)


def test_good_settings_pass_the_checks() -> None:
    assert rate_limits_can_be_read() == []
    assert proxies_can_be_counted() == []


def test_a_negative_number_of_proxies_is_told_at_the_start(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = -1
    assert [error.id for error in proxies_can_be_counted()] == ["accounts.E002"]
