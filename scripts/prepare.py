"""What has to be in place before the stack starts; each step says what it does and how long.

Every step can be repeated: on a prepared home all of them together take a second or two.
"""

import logging
import os
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from scripts import demo_choice

FOLDERS = ("index", "logs", "models", "redis", "run")
DEFAULTS = {
    "DJANGO_SETTINGS_MODULE": "registry_site.settings",
    "ROLLCALL_HOST": "127.0.0.1",
    "ROLLCALL_PORT": "8000",
    "ROLLCALL_WEB_WORKERS": "1",
    "ROLLCALL_WORKER_THREADS": "4",
    "ROLLCALL_DEMO": "ask",
    # Processes that search with several OpenMP threads and then fork leave children that hang.
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}
NUMBERS = {
    "ROLLCALL_PORT": range(1, 65536),
    "ROLLCALL_DEMO_PORT": range(1, 65536),
    "ROLLCALL_WEB_WORKERS": range(1, 65),
    "ROLLCALL_WORKER_THREADS": range(1, 257),
}
DEMO_PORT = 9100
DEMO_QUESTION = "Load a demonstration catalogue of about 300 real servers? [Y/n] "
DEMO_ANSWERS = {"": True, "y": True, "yes": True, "n": False, "no": False}


class Refused(Exception):
    """The stack cannot start; the message says in one line why and what to do."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what the person can mend into one line on stderr and exit code 2."""
    try:
        yield
    except (Refused, ImproperlyConfigured, CommandError) as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(2)
    except (DatabaseError, OSError) as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; the next time continues.")


def set_defaults() -> None:
    """Complete the environment, which every process of the stack inherits, and check it."""
    os.umask(0o077)  # keys and data are for this user only
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    for name, allowed in NUMBERS.items():
        value = os.environ.get(name, str(allowed[0]))
        if not (value.isascii() and value.isdigit() and int(value) in allowed):
            raise Refused(f"{name} is {value!r}: use {allowed[0]} to {allowed[-1]}.")
    if os.environ["ROLLCALL_DEMO"] not in ("true", "false", "ask"):
        raise Refused("ROLLCALL_DEMO is neither true, false nor ask.")


def load_settings() -> None:
    """Load Django with Rollcall's settings; raises ``Refused`` when a variable is no number."""
    # The terminal shows the steps; that no broker hears the bells yet is no news.
    logging.disable(logging.WARNING)
    try:
        django.setup()
    except ValueError as error:
        raise Refused(f"A variable has a wrong value: {error}.") from error


@contextmanager
def step(title: str) -> Iterator[StringIO]:
    """Show ``title``, then the seconds the block took and what it wrote to the yielded stream."""
    print(f"  {title:<56}", end="", flush=True)
    started = time.monotonic()
    said = StringIO()
    yield said
    print(f"{time.monotonic() - started:6.1f} s", flush=True)
    for line in said.getvalue().splitlines():
        print(f"      {line}".rstrip(), flush=True)


def make_folders(home: Path) -> None:
    for name in FOLDERS:
        (home / name).mkdir(parents=True, exist_ok=True)
    make_private(settings.REDIS_SOCKET.parent)


def make_private(folder: Path) -> None:
    """Close ``folder`` to other users; raises ``Refused`` when it is somebody else's.

    For a long home the socket lies in the temporary folder, where others may come first.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise Refused(f"{folder} belongs to another user: use another ROLLCALL_HOME.")
    folder.chmod(0o700)


def check_port(*, host: str, variable: str) -> None:
    """Raise ``Refused`` unless the port that ``variable`` names can be listened on."""
    port = int(os.environ[variable])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError as error:
            raise Refused(
                f"Cannot listen on {host}:{port} ({error.strerror}). "
                f"Stop what uses it, or set {variable} to another port."
            ) from error


def prepare_data() -> None:
    """Bring database, first admin and model up to date."""
    with step("Bringing the database up to date"):
        call_command("migrate", verbosity=0, interactive=False)
    with step("Looking for an administrator") as said:
        call_command("create_first_admin", stdout=said)
    with step("Preparing the embedding model (once, about 20 s)") as said:
        call_command("prepare_model", stdout=said)


def settle_demo_port(home: Path) -> None:
    """Without a word in the environment the live servers stay where the catalogue names them."""
    os.environ.setdefault("ROLLCALL_DEMO_PORT", str(demo_choice.choice(home) or DEMO_PORT))


def is_demo_wanted(home: Path) -> bool:
    """Whether this home has the demonstration; asks once, and takes no terminal for a yes."""
    said = os.environ["ROLLCALL_DEMO"]
    if said != "ask":
        return said == "true"
    chosen = demo_choice.choice(home)
    if chosen is not None:
        return chosen != demo_choice.NO
    wanted = ask_for_demo() if sys.stdin.isatty() else True
    if not wanted:
        demo_choice.remember(home, demo_choice.NO)
    return wanted


def ask_for_demo() -> bool:
    while True:
        answer = DEMO_ANSWERS.get(input(DEMO_QUESTION).strip().lower())
        if answer is not None:
            return answer


def load_demo(home: Path) -> None:
    """Load the demonstration, once: what was deleted from it later stays deleted."""
    port = int(os.environ["ROLLCALL_DEMO_PORT"])
    if demo_choice.choice(home) == port:
        return
    with step("Loading the demonstration catalogue") as said:
        call_command("load_demo", live_port=port, verbosity=0, stdout=said)
    demo_choice.remember(home, port)
