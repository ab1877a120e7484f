"""The loop that works through what is due."""

import asyncio
from collections import deque

from registry_site.lib.bounded_work import work_through


class Bench:
    """Jobs that wait for one another, and how many ran at once."""

    def __init__(self, *jobs: str) -> None:
        self.waiting = deque(jobs)
        self.results: list[str] = []
        self.running = self.most = 0
        self.gate = asyncio.Event()

    async def take(self, free: int) -> list[str]:
        return [self.waiting.popleft() for _ in range(min(free, len(self.waiting)))]

    async def do(self, job: str) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        if job == "slow":
            await self.gate.wait()
        await asyncio.sleep(0)
        self.running -= 1
        return job.upper()

    async def record(self, job: str, result: str) -> None:
        assert result == job.upper()
        self.results.append(job)
        if job == "last":
            self.gate.set()


async def test_everything_is_done_and_so_much_at_once() -> None:
    bench = Bench(*(f"job {n}" for n in range(50)))

    await work_through(take=bench.take, do=bench.do, record=bench.record, concurrency=7)

    assert sorted(bench.results) == sorted(f"job {n}" for n in range(50))
    assert bench.most == 7


async def test_a_slow_job_holds_up_no_other() -> None:
    bench = Bench("slow", "a", "b", "c", "last")

    await work_through(take=bench.take, do=bench.do, record=bench.record, concurrency=2)

    assert bench.results == ["a", "b", "c", "last", "slow"]


async def test_nothing_to_do_ends_at_once() -> None:
    bench = Bench()

    await work_through(take=bench.take, do=bench.do, record=bench.record, concurrency=2)

    assert bench.results == []
