"""Many probes at once on one event loop: bounded in number, each under a wall-clock deadline."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from healthchecks.probes.outcome import (
    Outcome,
    outcome_of_discovery,
    outcome_of_failure,
    outcome_of_surprise,
    outcome_of_timeout,
)
from registry_site.lib.bounded_work import work_through
from registry_site.lib.outbound import Credentials, outbound_client
from servers.mcp import Dialect, Endpoint, ProbeFailure, discover

logger = logging.getLogger(__name__)


class Target(Protocol):
    """What a probe needs to know; whatever else it carries comes back with the outcome."""

    @property
    def endpoint(self) -> Endpoint: ...
    @property
    def hint(self) -> Dialect | None: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def remark(self) -> str: ...


T = TypeVar("T", bound=Target)


async def probe(target: Target, *, deadline: float) -> Outcome:
    """Ask ``target`` who it is and what it offers, for ``deadline`` seconds at most."""
    outcome = await _ask(target, deadline=deadline)
    return outcome.with_remark(target.remark)


async def _ask(target: Target, *, deadline: float) -> Outcome:
    credentials = target.credentials
    try:
        async with asyncio.timeout(deadline), outbound_client(credentials=credentials) as client:
            discovery = await discover(target.endpoint, client=client, hint=target.hint)
    except ProbeFailure as failure:
        return outcome_of_failure(failure)
    except TimeoutError:
        return outcome_of_timeout(deadline)
    except Exception as error:  # noqa: BLE001 - no answer, whatever it is, may end the others' probes
        # Not by ``exception``: what broke may quote our credentials.
        trace = credentials.masked("".join(traceback.format_exception(error)))
        logger.error("The probe of %s broke.\n%s", target.endpoint.url, trace)
        return outcome_of_surprise(error)
    return outcome_of_discovery(discovery, target.endpoint)


async def probe_many(
    *,
    take: Callable[[int], Awaitable[Sequence[T]]],
    record: Callable[[T, Outcome], Awaitable[None]],
    concurrency: int,
    deadline: float,
) -> None:
    """Probe what ``take(free)`` gives, up to ``concurrency`` at once, until it gives no more."""
    await work_through(
        take=take,
        do=partial(probe, deadline=deadline),
        record=record,
        concurrency=concurrency,
    )
