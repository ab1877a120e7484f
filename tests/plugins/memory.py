"""What the run cost in memory: printed, written to tests/reports/memory.json and limited.

A run without real models must fit on the smallest machine: it fails over the limit, and when
anything in it imported torch.
"""

import json
import resource
import sys
from pathlib import Path

import pytest

LIMIT_MB = 600
REPORT = Path("tests/reports/memory.json")
RUN = pytest.StashKey["MemoryOfRun"]()


class MemoryOfRun:
    """The peak of the greediest process of the run, and whether models were let in."""

    def __init__(self) -> None:
        self.peak_mb = 0
        self.torch_imported = False
        self.models_wanted = False

    def add(self, *, peak_mb: int, torch_imported: bool, models_wanted: bool) -> None:
        self.peak_mb = max(self.peak_mb, peak_mb)
        self.torch_imported |= torch_imported
        self.models_wanted |= models_wanted

    def complaints(self) -> list[str]:
        """What is wrong with a run that wanted no models; empty for one that did."""
        if self.models_wanted:
            return []
        found = []
        if self.peak_mb > LIMIT_MB:
            found.append(f"The run took {self.peak_mb} MB; the limit is {LIMIT_MB} MB.")
        if self.torch_imported:
            found.append("Something imported torch, although no test requires models.")
        return found


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUN] = MemoryOfRun()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[RUN].models_wanted = any(
        item.get_closest_marker("requires_models") for item in items
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    run = session.config.stash[RUN]
    run.add(
        peak_mb=peak_mb(),
        torch_imported="torch" in sys.modules,
        models_wanted=run.models_wanted,
    )
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["memory"] = vars(run)
        return
    report = session.config.rootpath / REPORT
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(vars(run) | {"limit_mb": LIMIT_MB}) + "\n", encoding="utf-8")
    if run.complaints() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """What a worker of a parallel run reports when it ends (pytest-xdist)."""
    measured = getattr(node, "workeroutput", {}).get("memory")
    if measured:
        node.config.stash[RUN].add(**measured)  # type: ignore[attr-defined]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    run = config.stash[RUN]
    terminalreporter.write_line(f"peak memory {run.peak_mb} MB")
    for complaint in run.complaints():
        terminalreporter.write_line(complaint, red=True)


def peak_mb() -> int:
    """The most memory this process ever held, in whole MB.

    Linux counts it afresh from the start of the program; ``getrusage`` would include what the
    parent held when it forked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
        return int(line.split()[1]) // 1024
    in_kilobytes = 1 if sys.platform != "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // in_kilobytes // 1024
