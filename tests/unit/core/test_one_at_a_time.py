"""One sweep at a time in a process."""

import pytest

from registry_site.lib.one_at_a_time import one_at_a_time


def test_a_sweep_within_a_sweep_does_nothing() -> None:
    done: list[str] = []

    @one_at_a_time
    def sweep() -> None:
        done.append("swept")
        sweep()

    sweep()
    sweep()

    assert done == ["swept", "swept"]


def test_a_sweep_that_fails_does_not_keep_the_next_one_away() -> None:
    @one_at_a_time
    def sweep() -> None:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            sweep()
