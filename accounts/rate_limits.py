"""How often one caller may ask: who is counted, against which limit, and where the counts stand.

The counts stand in Redis, one atomic step a request, so that every process counts together. While
Redis does not answer, each process counts for itself: a limit that is too generous for a while
is better than a registry that answers nobody.

Nothing here knows a request's answer; ``accounts.middleware`` and ``accounts.api.throttling`` ask.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# While Redis is away it is asked again this often, and the log says so this often.
ASK_REDIS_AGAIN = timedelta(seconds=5)
SAY_SO_AGAIN = timedelta(minutes=1)
# A counter that hangs must not hang every request.
REDIS_OPTIONS: dict[str, Any] = {
    "socket_timeout": 0.25,
    "socket_connect_timeout": 0.25,
    "retry": Retry(NoBackoff(), 0),
    "key_prefix": "rollcall:limits",
}
# Where there is no Redis to ask.
IN_MEMORY = "memory://"
# One client has at least this much of IPv6 to itself, and would otherwise have 2**64 addresses.
IPV6_CLIENT = 64


class Policy(StrEnum):
    """What is limited. Each has its setting, ``RATE_LIMIT_<NAME>``."""

    # Requests of a visitor, counted by address.
    ANONYMOUS = "anonymous"
    # Requests of an account, whatever it proves itself with.
    PRINCIPAL = "principal"
    # Credentials that did not hold, counted by address.
    FAILURES = "failures"
    # Refusals that are written to the audit trail of callers who could fill it, by address.
    DENIALS = "denials"

    @property
    def rate(self) -> str:
        """For instance ``600/minute``; empty: no limit."""
        text: str = getattr(settings, f"RATE_LIMIT_{self.name}")
        return text


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a caller stands with a limit, after the request that was counted."""

    policy: Policy
    limit: RateLimitItem
    exceeded: bool
    remaining: int
    # Seconds until there is room for one request more.
    reset_after: int

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 names them, and ``Retry-After``."""
        policy = f'"{self.policy}";q={self.limit.amount};w={self.limit.get_expiry()}'
        headers = {
            "RateLimit-Policy": policy,
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset_after}',
        }
        return headers | {"Retry-After": str(self.reset_after)} if self.exceeded else headers


class Counters:
    """The counts in Redis, or in this process's memory while Redis does not answer."""

    def __init__(self, uri: str) -> None:
        storage = storage_from_string(uri, wrap_exceptions=True, **REDIS_OPTIONS)
        self._shared = MovingWindowRateLimiter(storage)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        # The library makes and drops its locks in memory without a lock: one too many could pass.
        self._one_at_a_time = Lock()
        self._ask_again_at = math.inf if uri == IN_MEMORY else -math.inf
        self._say_again_at = -math.inf

    def ask(self, question: Callable[[MovingWindowRateLimiter], Answer]) -> Answer:
        """The answer of the counts that are in use now."""
        if time.monotonic() >= self._ask_again_at:
            try:
                return question(self._shared)
            except StorageError as error:
                self._do_without(error)
        with self._one_at_a_time:
            return question(self._own)

    def _do_without(self, error: StorageError) -> None:
        now = time.monotonic()
        self._ask_again_at = now + ASK_REDIS_AGAIN.total_seconds()
        if now >= self._say_again_at:
            self._say_again_at = now + SAY_SO_AGAIN.total_seconds()
            logger.warning("Redis does not count requests, each process does: %s", error)


_all_counters: dict[str, Counters] = {}
_making_counters = Lock()


def counters(uri: str) -> Counters:
    """The counters of this process at ``uri``; the threads that ask first share them, too."""
    with _making_counters:
        if uri not in _all_counters:
            _all_counters[uri] = Counters(uri)
        return _all_counters[uri]


@lru_cache(maxsize=8)
def limit_of(rate: str) -> RateLimitItem | None:
    """``rate`` as a limit; ``None`` where there is none. Raises ``ValueError``."""
    if not rate.strip():
        return None
    limits = parse_many(rate)
    if len(limits) > 1 or limits[0].amount < 1:
        raise ValueError(f"{rate!r} is not one limit of at least one request")
    return limits[0]


def take(policy: Policy, who: str) -> Standing | None:
    """Count one request of ``who``; ``None`` where nothing is limited."""
    limit = limit_of(policy.rate)
    if limit is None:
        return None

    def question(limiter: MovingWindowRateLimiter) -> Standing:
        passed = limiter.hit(limit, policy, who)
        return _standing(limiter, policy, limit, who, exceeded=not passed)

    return counters(settings.RATE_LIMIT_STORAGE).ask(question)


def look(policy: Policy, who: str) -> Standing | None:
    """The same without counting: ``exceeded`` when a request now would not pass."""
    limit = limit_of(policy.rate)
    if limit is None:
        return None

    def question(limiter: MovingWindowRateLimiter) -> Standing:
        exceeded = not limiter.test(limit, policy, who)
        return _standing(limiter, policy, limit, who, exceeded=exceeded)

    return counters(settings.RATE_LIMIT_STORAGE).ask(question)


def network_of(address: str | None) -> str:
    """What stands for one client: its IPv4 address, or the /64 network of its IPv6 address."""
    if address is None or "." in address:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_CLIENT), strict=False))


def _standing(
    limiter: MovingWindowRateLimiter,
    policy: Policy,
    limit: RateLimitItem,
    who: str,
    *,
    exceeded: bool,
) -> Standing:
    window = limiter.get_window_stats(limit, policy, who)
    seconds = math.ceil(window.reset_time - time.time())
    return Standing(
        policy=policy,
        limit=limit,
        exceeded=exceeded,
        remaining=max(window.remaining, 0),
        reset_after=min(max(seconds, 1), limit.get_expiry()),
    )
