"""Names the unit tests that took over a second: a unit test that waits is none."""

import pytest

LIMIT_SECONDS = 1.0


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if "unit" in report.keywords and report.duration > LIMIT_SECONDS:
                terminalreporter.write_line(
                    f"slow unit test: {report.nodeid} took {report.duration:.1f} s", yellow=True
                )
