"""Works through what is due on one event loop, so much at once, until nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


async def work_through(
    *,
    take: Callable[[int], Awaitable[Sequence[Job]]],
    do: Callable[[Job], Awaitable[Result]],
    record: Callable[[Job, Result], Awaitable[None]],
    concurrency: int,
) -> None:
    """Do what ``take(free)`` gives, up to ``concurrency`` at once, until it gives no more.

    Each result is handed to ``record`` as it comes, while the other jobs go on: a slow one holds
    up neither the recording of the others nor the start of the next.
    """

    async def done(job: Job) -> tuple[Job, Result]:
        return job, await do(job)

    running: set[asyncio.Task[tuple[Job, Result]]] = set()
    async with asyncio.TaskGroup() as group:
        while True:
            jobs = await take(concurrency - len(running))
            running |= {group.create_task(done(job)) for job in jobs}
            if not running:
                return
            finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                await record(*task.result())
