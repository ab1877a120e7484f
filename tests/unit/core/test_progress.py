"""The progress bar of long commands."""

import pytest

from registry_site.lib.progress import progress_bar


def test_the_bar_is_drawn_on_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Counting") as progress:
        progress.total(3)
        progress.advance(3)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Counting" in captured.err
    assert "3/3" in captured.err


def test_a_quiet_run_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Counting", shown=False) as progress:
        progress.total(3)
        progress.advance()

    assert capsys.readouterr().err == ""
