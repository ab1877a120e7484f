#!/usr/bin/env python3
"""Run a part of the tests: ``python scripts/test.py unit``, ``full -n 2``, ``search -x --lf``.

What follows the name of the part goes to pytest as it stands, and the exit code is pytest's.
It works with any Python: the project's own environment (.venv) does the work.
"""

import argparse
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = Path("tests/reports")
NO_TESTS_COLLECTED = 5
# Without this, glibc keeps memory for itself for each of the many threads that tests start.
SMALL = {"MALLOC_ARENA_MAX": "2"}

# What each part gives to pytest. Tests that require models run only where it is said here.
SELECTIONS = {
    "unit": ["-m", "unit"],
    "integration": ["-m", "integration"],
    "e2e": ["-m", "e2e", "--models=with"],
    "auth": ["-m", "auth"],
    "servers": ["-m", "servers"],
    "search": ["-m", "search"],
    "health": ["-m", "health"],
    "core": ["-m", "core"],
    "repositories": ["-m", "repositories"],
    "fast": ["-m", "not slow and not e2e"],
    "models": ["--models=only"],
}
PARTS = [*SELECTIONS, "full", "coverage", "check"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to pytest")
    options = parser.parse_args()
    use_the_projects_python()
    if options.part == "check":
        return run("make", "check", *options.arguments)
    if options.part == "full":
        return run_everything(options.arguments)
    if options.part == "coverage":
        return measure_coverage(options.arguments)
    return run_pytest(options.part, [*SELECTIONS[options.part], *options.arguments])


def run_everything(arguments: list[str]) -> int:
    """All tests in two processes: the memory of the models must not hide that of the rest.

    Coverage is held to its limits when nothing narrows the run.
    """
    code = run_pytest("full", arguments) if arguments else measure_coverage([])
    models = run_pytest("models", [*SELECTIONS["models"], *arguments])
    # Arguments may narrow the run to tests of which none requires a model, or all do.
    codes = [each for each in (code, models) if each != NO_TESTS_COLLECTED]
    return max(codes, default=NO_TESTS_COLLECTED)


def measure_coverage(arguments: list[str]) -> int:
    """All tests but the models', then the two limits: overall, and 100 % where it is critical."""
    # Reports are written by processes of their own: their memory is not that of the tests.
    tests = run_pytest("coverage", ["--cov", "--cov-report=", "--cov-fail-under=0", *arguments])
    for report in ("html", "xml"):
        run_python("coverage", report, "--quiet", "--fail-under=0")
    overall = run_python("coverage", "report")
    critical = run_python(
        "coverage", "report", "--fail-under=100", f"--include={','.join(critical_paths())}"
    )
    return tests or overall or critical


def critical_paths() -> list[str]:
    """The files that must be covered entirely, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    paths: list[str] = project["tool"]["rollcall"]["critical_paths"]
    return paths


def run_pytest(name: str, arguments: list[str]) -> int:
    reports = [f"--junitxml={REPORTS}/junit-{name}.xml", f"--html={REPORTS}/report-{name}.html"]
    return run_python("pytest", *reports, *arguments)


def run_python(module: str, *arguments: str) -> int:
    return run(sys.executable, "-m", module, *arguments)


def run(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, env=os.environ | SMALL, check=False).returncode


def use_the_projects_python() -> None:
    """Start again with the interpreter of .venv, unless this is it or there is none."""
    environment = ROOT / ".venv"
    python = environment / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != environment.resolve():
        os.execv(python, [str(python), *sys.argv])


if __name__ == "__main__":
    sys.exit(main())
