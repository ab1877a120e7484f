"""The management commands: what they print, and how they refuse."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from search import embedding
from search.embedding import ModelNotReady
from search.models import IndexState
from servers.models import Server
from tests.fixtures.factories import ServerFactory, ToolFactory

pytestmark = pytest.mark.django_db

Output = pytest.CaptureFixture[str]


# --- rebuild_index -----------------------------------------------------------------------------


def test_a_rebuild_says_what_it_did(capsys: Output) -> None:
    ToolFactory()

    call_command("rebuild_index")

    printed = capsys.readouterr()
    assert re.match(r"2 texts embedded, 0 reused, 2 entries, \d+\.\d s\n", printed.out)
    assert re.search(r"Index \d{8}T\S+ published\.", printed.out)
    assert "Servers" in printed.err


def test_a_second_rebuild_embeds_nothing(capsys: Output) -> None:
    ToolFactory()
    call_command("rebuild_index", verbosity=0)
    capsys.readouterr()

    call_command("rebuild_index", verbosity=0)

    printed = capsys.readouterr()
    assert printed.out.startswith("0 texts embedded, 0 reused, 2 entries")
    assert "is current." in printed.out


def test_a_forced_rebuild_embeds_everything(capsys: Output) -> None:
    ToolFactory()
    call_command("rebuild_index", verbosity=0)
    capsys.readouterr()

    call_command("rebuild_index", force=True, verbosity=0)

    assert capsys.readouterr().out.startswith("2 texts embedded, 0 reused, 2 entries")


def test_a_rebuild_beside_another_is_refused() -> None:
    ServerFactory()
    IndexState.objects.the_one()
    IndexState.objects.update(lease_token="x", lease_until=timezone.now() + timedelta(seconds=9))

    with pytest.raises(CommandError, match="Another process is refreshing the search index"):
        call_command("rebuild_index", verbosity=0)


def test_a_rebuild_that_left_servers_out_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    ServerFactory()

    def fail(*_: object) -> None:
        raise FloatingPointError

    monkeypatch.setattr("search.services.refreshing._Run._encode_missing", fail)

    with pytest.raises(CommandError, match="1 servers could not be indexed"):
        call_command("rebuild_index", verbosity=0)


# --- search ------------------------------------------------------------------------------------


@pytest.fixture
def _catalogue() -> None:
    weather = ServerFactory(name="org.example/weather", description="Sky\nand   sea.")
    ToolFactory(server=weather, name="get_forecast", description="Rain or sun " * 20)
    call_command("rebuild_index", verbosity=0)


@pytest.mark.usefixtures("_catalogue")
def test_results_are_a_table(capsys: Output) -> None:
    capsys.readouterr()

    call_command("search", "sun or rain")

    tool, server = capsys.readouterr().out.splitlines()
    assert re.match(r"[01]\.\d\d  words  tool    get_forecast +org.example/weather  Rain or", tool)
    assert re.match(r"[01]\.\d\d  words  server  org.example/weather +Sky and sea\.", server)
    assert len(tool) < 130


@pytest.mark.usefixtures("_catalogue")
def test_disabled_servers_are_found_too_and_kinds_can_be_chosen(capsys: Output) -> None:
    Server.objects.update(enabled=False)
    capsys.readouterr()

    call_command("search", "sky", "--type", "servers", "--limit", "1")

    assert "org.example/weather" in capsys.readouterr().out


def test_nothing_found_is_said(capsys: Output) -> None:
    call_command("search", "anything")

    printed = capsys.readouterr()
    assert printed.out == "Nothing fits 'anything'.\n"
    assert printed.err.startswith("By words alone: No index is published yet.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["  "], "the query is empty"),
        (["x" * 2001], "2,000 are the most"),
        (["a", "--limit", "0"], "--limit must be 1 to 50"),
        (["a", "--limit", "51"], "--limit must be 1 to 50"),
    ],
)
def test_a_wrong_question_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        call_command("search", *arguments)

    assert refused.value.returncode == 2


# --- prepare_model -----------------------------------------------------------------------------


def test_a_prepared_model_is_named(capsys: Output) -> None:
    call_command("prepare_model")

    assert capsys.readouterr().out == "word-hash-64 is ready, 64 dimensions.\n"


def test_an_unprepared_model_is_prepared(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = embedding.get_embedder()

    def not_ready() -> None:
        raise ModelNotReady("not prepared")

    monkeypatch.setattr(embedding, "ready_model", not_ready)

    def ensure() -> None:
        monkeypatch.setattr(embedding, "ready_model", lambda: ready)

    monkeypatch.setattr(embedding, "ensure_model", ensure)

    call_command("prepare_model")

    assert capsys.readouterr().out.splitlines() == [
        "Preparing the embedding model, which takes some seconds...",
        "word-hash-64 is ready, 64 dimensions.",
    ]


def test_a_model_that_cannot_be_prepared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ModelNotReady("It is not on this disk.")

    monkeypatch.setattr(embedding, "ready_model", refuse)
    monkeypatch.setattr(embedding, "ensure_model", refuse)

    with pytest.raises(CommandError, match="not on this disk") as refused:
        call_command("prepare_model")
    assert refused.value.returncode == 2
