"""The cache in Redis, and in the memory of this process while Redis does not answer.

What is cached is never the only copy of anything: attempts that are counted, codes of a minute. It
is better that each process counts for itself for a while than that nobody can sign in.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SAY_SO_AGAIN = 60.0  # seconds


def _or_in_memory(name: str) -> Callable[..., Any]:
    """The operation ``name`` of Redis, or else the same of the memory."""
    in_redis = getattr(RedisCache, name)

    @wraps(in_redis)
    def operation(cache: "RedisOrMemory", *arguments: Any, **options: Any) -> Any:
        try:
            return in_redis(cache, *arguments, **options)
        except (RedisError, OSError) as error:
            cache.say_so(error)
            return getattr(cache.memory, name)(*arguments, **options)

    return operation


class RedisOrMemory(RedisCache):
    """Named in ``CACHES``."""

    _said_so_at = -SAY_SO_AGAIN

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        # By its name one for all threads, each of which has an object of this class.
        self.memory = LocMemCache("while-redis-is-away", params)

    def say_so(self, error: Exception) -> None:
        now = time.monotonic()
        if now - RedisOrMemory._said_so_at >= SAY_SO_AGAIN:
            RedisOrMemory._said_so_at = now
            logger.warning("Redis does not answer, so each process caches by itself: %s", error)

    add = _or_in_memory("add")
    get = _or_in_memory("get")
    set = _or_in_memory("set")
    touch = _or_in_memory("touch")
    delete = _or_in_memory("delete")
    get_many = _or_in_memory("get_many")
    has_key = _or_in_memory("has_key")
    incr = _or_in_memory("incr")
    set_many = _or_in_memory("set_many")
    delete_many = _or_in_memory("delete_many")
    clear = _or_in_memory("clear")
