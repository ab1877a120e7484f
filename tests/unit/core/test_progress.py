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


def test_a_new_total_goes_on_where_the_work_is(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Counting") as progress:
        progress.total(3)
        progress.advance(2)
        progress.total(5, done=2)
        progress.advance(3)

    drawn = capsys.readouterr().err
    assert "5/5" in drawn
    assert "0/5" not in drawn
