"""Many probes at once: bounded, independent of each other, and each with its own deadline.

What a server answers is scripted here; real servers are asked in the integration tests.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from healthchecks.probes import runner
from healthchecks.probes.outcome import Outcome
from healthchecks.probes.runner import probe, probe_many
from registry_site.lib.outbound import NO_CREDENTIALS, Credentials
from servers.mcp import Dialect, Discovery, Endpoint, NotMcp
from servers.models import HealthState


@dataclass(frozen=True)
class Target:
    name: str

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(url=f"https://{self.name}.example/", transport="streamable-http")

    @property
    def hint(self) -> Dialect | None:
        return None

    @property
    def credentials(self) -> Credentials:
        return NO_CREDENTIALS

    @property
    def remark(self) -> str:
        return ""


class Servers:
    """Servers that answer at once, except those named otherwise; counts who is asked at once."""

    def __init__(self) -> None:
        self.asked_now = 0
        self.asked_at_most = 0
        self.slow_may_answer = asyncio.Event()

    async def discover(self, endpoint: Endpoint, **_: object) -> Discovery:
        self.asked_now += 1
        self.asked_at_most = max(self.asked_at_most, self.asked_now)
        try:
            await asyncio.sleep(0)
            if "slow" in endpoint.url:
                await self.slow_may_answer.wait()
            if "broken" in endpoint.url:
                raise ZeroDivisionError
        finally:
            self.asked_now -= 1
        raise NotMcp("It answered.")


class Ledger:
    """Gives out targets and takes their outcomes down."""

    def __init__(self, *names: str) -> None:
        self.waiting = [Target(name) for name in names]
        self.recorded: list[str] = []
        self.states: dict[str, HealthState] = {}

    async def take(self, free: int) -> Sequence[Target]:
        taken, self.waiting = self.waiting[:free], self.waiting[free:]
        return taken

    async def record(self, target: Target, outcome: Outcome) -> None:
        self.recorded.append(target.name)
        self.states[target.name] = outcome.state


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    servers = Servers()
    monkeypatch.setattr(runner, "discover", servers.discover)
    return servers


async def test_everything_is_probed_and_never_more_than_allowed_at_once(servers: Servers) -> None:
    ledger = Ledger(*(f"s{number}" for number in range(25)))

    await probe_many(take=ledger.take, record=ledger.record, concurrency=4, deadline=5)

    assert sorted(ledger.recorded) == sorted(f"s{number}" for number in range(25))
    assert servers.asked_at_most == 4


async def test_nothing_to_do_ends_at_once() -> None:
    ledger = Ledger()

    await probe_many(take=ledger.take, record=ledger.record, concurrency=4, deadline=5)

    assert ledger.recorded == []


async def test_a_slow_server_holds_up_neither_results_nor_the_next_probes(
    servers: Servers,
) -> None:
    ledger = Ledger("slow", *(f"s{number}" for number in range(9)))

    async def record(target: Target, outcome: Outcome) -> None:
        await ledger.record(target, outcome)
        if len(ledger.recorded) == 9:
            servers.slow_may_answer.set()

    await probe_many(take=ledger.take, record=record, concurrency=2, deadline=5)

    assert ledger.recorded[-1] == "slow"
    assert servers.asked_at_most == 2


async def test_each_probe_has_its_own_deadline(servers: Servers) -> None:
    ledger = Ledger("slow", "quick")

    await probe_many(take=ledger.take, record=ledger.record, concurrency=2, deadline=0.05)

    assert ledger.states == {"slow": HealthState.UNREACHABLE, "quick": HealthState.NOT_MCP}


async def test_an_answer_that_breaks_one_probe_ends_no_other(servers: Servers) -> None:
    ledger = Ledger("broken", "s1")

    await probe_many(take=ledger.take, record=ledger.record, concurrency=2, deadline=5)

    assert sorted(ledger.recorded) == ["broken", "s1"]


async def test_a_broken_probe_says_what_broke_it(
    servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = await probe(Target("broken"), deadline=5)

    assert "ZeroDivisionError" in outcome.reason
    assert "The probe of https://broken.example/ broke" in caplog.text
