"""Tests that load real models run only when they are asked for.

That is: by ``--models=with`` or ``only``, by ``-m requires_models``, by the id of a test, or by
``--lf`` after one of them failed.
"""

import pytest

LEFT_OUT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--models",
        choices=["without", "with", "only"],
        default="without",
        help="whether to run the tests that require real models, which take much memory",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    deselected = [item for item in items if not _is_asked_for(item, config)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in deselected]
    config.stash[LEFT_OUT] = sum(1 for item in deselected if _requires_models(item))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(
            f"{left_out} tests that require models were left out: pytest -m requires_models"
        )


def _is_asked_for(item: pytest.Item, config: pytest.Config) -> bool:
    models: str = config.getoption("--models")
    if not _requires_models(item):
        return models != "only"
    return (
        models != "without"
        or "requires_models" in config.option.markexpr
        or any("::" in argument for argument in config.args)
        or item.nodeid in _failed_last(config)
    )


def _requires_models(item: pytest.Item) -> bool:
    return item.get_closest_marker("requires_models") is not None


def _failed_last(config: pytest.Config) -> dict[str, bool]:
    """The tests that ``--lf`` runs again; none without it."""
    if not config.getoption("lf", False) or config.cache is None:
        return {}
    failed: dict[str, bool] = config.cache.get("cache/lastfailed", {})
    return failed
