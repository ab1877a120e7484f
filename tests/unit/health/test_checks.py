"""Settings under which no probe could work are refused at the start."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from healthchecks.checks import probes_can_work


def test_the_default_settings_work() -> None:
    assert probes_can_work() == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OUTBOUND_ALLOW", ["10.0.0.0/33"], "ROLLCALL_OUTBOUND_ALLOW: '10.0.0.0/33'"),
        ("PROBE_INTERVAL", timedelta(0), "ROLLCALL_PROBE_INTERVAL must be greater"),
        ("PROBE_DEADLINE", 0.0, "ROLLCALL_PROBE_DEADLINE must be greater"),
        ("PROBE_CONCURRENCY", -1, "ROLLCALL_PROBE_CONCURRENCY must be greater"),
    ],
)
def test_a_setting_that_stops_every_probe_is_named(
    settings: Settings, name: str, value: Any, words: str
) -> None:
    setattr(settings, name, value)

    [error] = probes_can_work()

    assert words in error.msg
