"""`make bench-search`: what a search costs beside the model's own work, alone and by a hundred.

On a real catalogue and on one of 100,000 tools. What is compared is measured in turns in one run,
so that whatever else the machine does falls on both alike. Exits 1 when a limit is passed.
"""

import argparse
import logging
import operator
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode

import django
import httpx
import psutil
from django.core.management import call_command

from scripts import prepare
from scripts.bench_auth import free_port, web_process
from scripts.bench_load import load

QUERIES = 300
CLIENTS, REQUESTS, REQUESTS_OF_ONE = 100, 3_000, 500
MANY_TOOLS = 100_000
NO_LIMIT = "1000000/second"
ENVIRONMENT = {
    "ROLLCALL_RATE_LIMIT_ANONYMOUS": NO_LIMIT,
    "ROLLCALL_RATE_LIMIT_PRINCIPAL": NO_LIMIT,
    "ROLLCALL_LOG_LEVEL": "ERROR",
}

MOST_TIMES_ENCODE = 1.5
MOST_MILLISECONDS_BESIDE = 5.0
LEAST_SPEED_UP = 3.0
MOST_TIMES_MEDIAN = 4.0
MOST_TIMES_LIVEZ = 2.0
HOLDS = {"<=": operator.le, ">=": operator.ge}


class Report:
    """Lines for people; ``failed`` once a figure is outside its limit."""

    failed = False

    def line(self, title: str, figure: float, unit: str, limit: str = "") -> None:
        """``limit``: such as ``<= 5``, or nothing."""
        relation, _, bound = limit.partition(" ")
        within = not limit or HOLDS[relation](figure, float(bound))
        self.failed |= not within
        print(f"  {title:<56}{figure:9.2f} {unit:<8}{limit}{'' if within else '  OUTSIDE'}")


def queries(number: int, seed: int) -> list[str]:
    """Different requests of a few words, cut out of what the tools say of themselves."""
    from servers.models import Tool

    random = Random(seed)  # noqa: S311 - repeatable, and no secret
    said = [text.split() for text in Tool.objects.values_list("description", flat=True)[:5_000]]
    said = [words for words in said if len(words) > 4]
    made: set[str] = set()
    while len(made) < number:
        words = random.choice(said)
        start = random.randrange(len(words) - 4)
        made.add(" ".join(words[start : start + random.randint(4, 9)])[:80])
    return sorted(made, key=lambda _: random.random())


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall clock and of this process's CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def measure_one(report: Report, asked: Sequence[str]) -> None:
    """A query nobody asked before, beside the bare encoding of the same text."""
    from accounts.services import ANONYMOUS
    from search import embedding
    from search.services import search

    embedder = embedding.get_embedder()
    bare: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    for number, query in enumerate(asked):
        # In turns, the second of which finds the text's tokens and weights in warmer caches.
        calls = [
            (bare, lambda query=query: embedder.encode([query])),
            (whole, lambda query=query: search(principal=ANONYMOUS, query=query)),
        ]
        for times, call in calls if number % 2 else reversed(calls):
            times.append(timed(call))
    encode, answer = (median(wall for wall, _ in times) for times in (bare, whole))
    beside = median(w[1] for w in whole) - median(b[1] for b in bare)
    report.line("bare encoding of a query", encode, "ms")
    report.line("a search, nothing cached", answer, "ms")
    report.line("... beside the bare encoding", answer / encode, "x", f"<= {MOST_TIMES_ENCODE}")
    report.line("CPU time but for the encoding", beside, "ms", f"<= {MOST_MILLISECONDS_BESIDE}")


def path_of(query: str) -> str:
    return "/api/search?" + urlencode({"q": query})


@contextmanager
def web_processes(number: int) -> Iterator[tuple[int, list[psutil.Process], float]]:
    """So many on one port, and the seconds until the first of them answered a search."""
    port, started = free_port(), time.monotonic()
    with ExitStack() as stack:
        running = [stack.enter_context(web_process(port)) for _ in range(number)]
        patient = httpx.HTTPTransport(retries=8)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=patient) as client:
            client.get(path_of("the first question"), timeout=60).raise_for_status()
            first = time.monotonic() - started
        load(port, [path_of(f"warm up {n}") for n in range(50 * number)], clients=8 * number)
        yield port, running, first


def measure_load(report: Report, port: int, asked: Sequence[str]) -> None:
    one = load(port, [path_of(query) for query in asked[:REQUESTS_OF_ONE]], clients=1)
    many = load(port, [path_of(query) for query in asked[REQUESTS_OF_ONE:]], clients=CLIENTS)
    p50, p99 = many.percentile(0.5), many.percentile(0.99)
    report.line("one client, one query after the other", one.rate, "/s")
    report.line(f"{CLIENTS} clients", many.rate, "/s")
    report.line("... beside one client", many.rate / one.rate, "x", f">= {LEAST_SPEED_UP}")
    report.line("failures", one.failures + many.failures, "", "<= 0")
    report.line("p50 at that load", 1000 * p50, "ms")
    report.line("p99 beside it", p99 / p50, "x", f"<= {MOST_TIMES_MEDIAN}")


def measure_cached(report: Report, port: int) -> None:
    """The same query again and again, in turns with ``/livez``."""
    rounds: dict[str, list[float]] = {"/livez": [], path_of("send an e-mail"): []}
    for _ in range(10):
        for path, times in rounds.items():
            times += load(port, [path] * 60, clients=1).latencies[10:]
    livez, cached = (1000 * median(times) for times in rounds.values())
    report.line("/livez", livez, "ms")
    report.line("a query asked before", cached, "ms")
    report.line("... beside /livez", cached / livez, "x", f"<= {MOST_TIMES_LIVEZ}")


def measure_catalogue(report: Report, files: Sequence[Path], workers: int) -> None:
    if not files:
        call_command("load_demo", verbosity=0)
    for file in files:
        call_command("import_servers", file, visibility="public", verbosity=0)
    call_command("rebuild_index", verbosity=0)
    asked = queries(QUERIES + REQUESTS_OF_ONE + REQUESTS, seed=5)
    print(f"\nOne query, {tools():,} tools, in this process ({QUERIES} queries)")
    measure_one(report, asked[:QUERIES])
    print(f"\nOver HTTP, {workers} web processes")
    with web_processes(workers) as (port, running, first):
        measure_load(report, port, asked[QUERIES:])
        measure_cached(report, port)
        report.line("memory of a web process", running[0].memory_info().rss / 2**20, "MB")
        report.line("first answer after the start", first, "s")


def measure_many(report: Report) -> None:
    from scripts.search_world import multiply_catalogue

    multiply_catalogue(MANY_TOOLS)
    call_command("rebuild_index", verbosity=0)
    asked = queries(QUERIES, seed=6)
    print(f"\nOne query, {tools():,} tools, in this process ({QUERIES} queries)")
    measure_one(report, asked)


def tools() -> int:
    from servers.models import Tool

    return Tool.objects.count()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="catalogues to import")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--without-many", action="store_true", help="spare the 100,000 tools")
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as home:
        os.environ |= ENVIRONMENT | {"ROLLCALL_HOME": home}
        prepare.set_defaults()
        django.setup()
        logging.disable(logging.WARNING)
        call_command("migrate", verbosity=0)
        call_command("prepare_model", verbosity=0)
        measure_catalogue(report, options.files, options.workers)
        if not options.without_many:
            measure_many(report)
    if report.failed:
        sys.exit("A figure is outside its limit.")


if __name__ == "__main__":
    main()
