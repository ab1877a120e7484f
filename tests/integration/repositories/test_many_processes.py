"""Several processes on one SQLite file: each waits for its turn, and none is told of a lock."""

import json
import os
import subprocess  # noqa: TID251 - other processes are what it is about
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROCESSES, OPERATIONS = 4, 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A program of the project with production's settings, on a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "ROLLCALL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "registry_site.settings",
    }
    return subprocess.Popen(  # noqa: S603 - the program under test
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


def finish(process: "subprocess.Popen[str]") -> str:
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return printed


def busy(home: Path, number: int, operations: int) -> "subprocess.Popen[str]":
    module = "tests.fixtures.busy_process"
    return start(home, "-m", module, str(number), str(operations))


def test_no_process_meets_a_lock(temp_dir: Path) -> None:
    finish(start(temp_dir, "manage.py", "migrate", "--verbosity=0"))
    finish(busy(temp_dir, 0, 3))

    started = [busy(temp_dir, number, OPERATIONS) for number in range(1, PROCESSES + 1)]
    told: list[dict[str, Any]] = [json.loads(finish(process)) for process in started]

    assert [each["errors"] for each in told] == [{}] * PROCESSES
    assert sum(sum(each["did"].values()) for each in told) == PROCESSES * OPERATIONS
