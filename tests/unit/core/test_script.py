"""scripts/test.py: which part gives what to pytest."""

import pytest

from scripts import test as script


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that were started, in place of starting them; each exits with 3."""
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(script, "use_the_projects_python", lambda: None)

    def run(*command: str) -> int:
        commands.append(command)
        return 3

    monkeypatch.setattr(script, "run", run)
    return commands


def started_by(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["scripts/test.py", *arguments])
    return script.main()


def test_a_part_is_selected_by_its_mark(
    started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert started_by(monkeypatch, "auth") == 3

    (command,) = started
    assert command[1:3] == ("-m", "pytest")
    assert command[-2:] == ("-m", "auth")


def test_what_follows_the_part_goes_to_pytest_as_it_stands(
    started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    started_by(monkeypatch, "fast", "-n", "2", "-k", "tokens", "--lf")

    assert started[0][-5:] == ("-n", "2", "-k", "tokens", "--lf")


def test_full_runs_the_models_in_a_process_of_their_own(
    started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert started_by(monkeypatch, "full", "-n", "2") == 3

    everything, models = started
    assert "--models=only" not in everything
    assert models[-3:] == ("--models=only", "-n", "2")


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0), 0), ((0, 5), 0), ((5, 0), 0), ((5, 5), 5), ((0, 1), 1)]
)
def test_full_fails_when_either_half_does_and_when_nothing_ran(
    monkeypatch: pytest.MonkeyPatch, codes: tuple[int, int], expected: int
) -> None:
    answers = iter(codes)
    monkeypatch.setattr(script, "run", lambda *_: next(answers))

    assert script.run_everything(["-x"]) == expected


def test_full_holds_coverage_to_its_limits_unless_it_is_narrowed(
    started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    started_by(monkeypatch, "full")

    tests, _html, _xml, overall, critical, _models = started
    assert "--cov" in tests
    assert overall[-2:] == ("coverage", "report")  # its limit stands in pyproject.toml
    assert "--fail-under=100" in critical


def test_an_unknown_part_is_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        started_by(monkeypatch, "everything")

    assert refused.value.code == 2
    assert "unit" in capsys.readouterr().err


def test_every_critical_path_exists() -> None:
    for path in script.critical_paths():
        assert list(script.ROOT.glob(path)), f"{path} is listed as critical and does not exist"
