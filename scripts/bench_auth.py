"""`make bench-auth`: what the check for proxies costs beside `/livez`, in CPU time of the server.

One uvicorn on a home of its own is asked over one connection kept open, the addresses in turns, so
that whatever else the machine does falls on all of them alike. Exits 1 when a check costs more than
three times `/livez`, or when 10,000 grants make it dearer than 10 do.
"""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import httpx
import psutil
from django.core.management import call_command
from django.utils import timezone

from scripts import prepare
from scripts.web import listening_socket

ROOT = Path(__file__).resolve().parent.parent
NAME = "com.example/weather"
FEW, MANY = 10, 10_000
ROUNDS, REQUESTS_A_ROUND = 10, 300
MOST_TIMES_LIVEZ = 3.0
# Two measurements of the same differ by up to this much.
NOISE = 1.15


def make_world() -> dict[str, str]:
    """One hidden server and two accounts that may call it; the token of each."""
    from accounts.access import Action
    from accounts.models import Grant, Team, User
    from accounts.services import create_token
    from servers.access import Visibility
    from servers.models import Server

    now = timezone.now()
    Server.objects.create(
        name=NAME,
        team=Team.objects.default(),
        visibility=Visibility.PRIVATE,
        created_at=now,
        updated_at=now,
    )
    tokens = {}
    for total in (FEW, MANY):
        user = User.objects.create_user(f"with {total} grants")
        patterns = [NAME, *(f"com.example/server-{n}" for n in range(1, total))]
        Grant.objects.bulk_create(
            Grant(user=user, action=Action.CALL, pattern=pattern, created_at=now)
            for pattern in patterns
        )
        tokens[f"check, {total:,} grants"] = create_token(user=user, name="bench", now=now)[1]
    return tokens


@contextmanager
def web_process(port: int) -> Iterator[psutil.Process]:
    environment = os.environ | {"ROLLCALL_HOST": "127.0.0.1", "ROLLCALL_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.web"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with listening_socket(host="127.0.0.1", port=0) as probe:
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def ask(client: httpx.Client, path: str, token: str, times: int) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for _ in range(times):
        client.get(path, headers=headers).raise_for_status()


def measure(client: httpx.Client, web: psutil.Process, tokens: dict[str, str]) -> dict[str, float]:
    """Milliseconds of CPU time a request."""
    asked = {"/livez": ("/livez", "")}
    asked |= {title: (f"/api/auth/check?server={NAME}", token) for title, token in tokens.items()}
    spent = dict.fromkeys(asked, 0.0)
    for path, token in asked.values():
        ask(client, path, token, 100)  # the first ones load what the others find
    for _ in range(ROUNDS):
        for title, (path, token) in asked.items():
            before = cpu_seconds(web)
            ask(client, path, token, REQUESTS_A_ROUND)
            spent[title] += cpu_seconds(web) - before
    return {title: 1000 * seconds / ROUNDS / REQUESTS_A_ROUND for title, seconds in spent.items()}


def report(costs: dict[str, float]) -> bool:
    """Print the costs; whether they are what is promised."""
    livez, few, many = costs.values()
    print(f"CPU time of the web process a request, {ROUNDS * REQUESTS_A_ROUND:,} requests each:")
    for title, cost in costs.items():
        print(f"  {title:<24}{cost:6.2f} ms {cost / livez:6.2f} x /livez")
    return max(few, many) <= MOST_TIMES_LIVEZ * livez and many <= NOISE * few


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as home:
        os.environ["ROLLCALL_HOME"] = home
        prepare.set_defaults()
        django.setup()
        logging.disable(logging.INFO)  # the client would tell of each request
        call_command("migrate", verbosity=0)
        tokens = make_world()
        port = free_port()
        patient = httpx.HTTPTransport(retries=8)  # the web process takes a while to listen
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=patient)
        with web_process(port) as web, client:
            costs = measure(client, web, tokens)
    if not report(costs):
        sys.exit("The check costs more than it may.")


if __name__ == "__main__":
    main()
