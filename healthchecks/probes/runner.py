"""Many probes at once on one event loop: bounded in number, each under a wall-clock deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from healthchecks.probes.outcome import (
    Outcome,
    outcome_of_discovery,
    outcome_of_failure,
    outcome_of_surprise,
    outcome_of_timeout,
)
from registry_site.lib.outbound import outbound_client
from servers.mcp import Dialect, Endpoint, ProbeFailure, discover

logger = logging.getLogger(__name__)


class Target(Protocol):
    """What a probe needs to know; whatever else it carries comes back with the outcome."""

    @property
    def endpoint(self) -> Endpoint: ...
    @property
    def hint(self) -> Dialect | None: ...


T = TypeVar("T", bound=Target)


async def probe(target: Target, *, deadline: float) -> Outcome:
    """Ask ``target`` who it is and what it offers, for ``deadline`` seconds at most."""
    try:
        async with asyncio.timeout(deadline), outbound_client() as client:
            discovery = await discover(target.endpoint, client=client, hint=target.hint)
    except ProbeFailure as failure:
        return outcome_of_failure(failure)
    except TimeoutError:
        return outcome_of_timeout(deadline)
    except Exception as error:  # noqa: BLE001 - no answer, whatever it is, may end the others' probes
        logger.exception("The probe of %s broke", target.endpoint.url)
        return outcome_of_surprise(error)
    return outcome_of_discovery(discovery, target.endpoint)


async def probe_many(
    *,
    take: Callable[[int], Awaitable[Sequence[T]]],
    record: Callable[[T, Outcome], Awaitable[None]],
    concurrency: int,
    deadline: float,
) -> None:
    """Probe what ``take(free)`` gives, up to ``concurrency`` at once, until it gives no more.

    Each outcome is handed to ``record`` as it comes, while the other probes go on: a slow server
    holds up neither the recording of the others nor the start of the next.
    """

    async def outcome_for(target: T) -> tuple[T, Outcome]:
        return target, await probe(target, deadline=deadline)

    running: set[asyncio.Task[tuple[T, Outcome]]] = set()
    async with asyncio.TaskGroup() as group:
        while True:
            targets = await take(concurrency - len(running))
            running |= {group.create_task(outcome_for(target)) for target in targets}
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await record(*task.result())
