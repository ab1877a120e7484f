"""``eval_search``: what it prints, how it refuses, and that it leaves no trace."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from search import embedding
from search.embedding import ModelNotReady
from search.models import Embedding, SearchEntry

pytestmark = pytest.mark.django_db

Output = pytest.CaptureFixture[str]

CONTENT = {
    "name": "weather and mail",
    "documents": [
        {"id": "1", "name": "get_forecast", "description": "The weather of the next days"},
        {"id": "2", "name": "send_mail", "description": "Delivers a letter"},
    ],
    "queries": [
        {"query": "weather of the next days", "relevant": ["1"]},
        {"query": "letter", "relevant": ["2"]},
        {"query": "xqzvw", "relevant": []},
    ],
}


@pytest.fixture
def relevance_file(temp_dir: Path) -> Path:
    path = temp_dir / "judged.json"
    path.write_text(json.dumps(CONTENT))
    return path


def test_the_measures_are_printed_side_by_side(relevance_file: Path, capsys: Output) -> None:
    call_command("eval_search", str(relevance_file))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "weather and mail: 2 documents, 2 queries"
    assert lines[1].split() == ["hit@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"]
    assert [line.split()[0] for line in lines[2:5]] == ["bm25", "vectors", "rollcall"]
    assert lines[5].startswith("1 queries that nothing answers")
    assert lines[6].startswith("Milliseconds a query (p50, p95): encoding ")


def test_the_same_is_there_as_json(relevance_file: Path, capsys: Output) -> None:
    call_command("eval_search", str(relevance_file), as_json=True)

    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["quality"]["rollcall"]["ndcg@10"] == 1
    assert report["unanswerable"] == 1
    assert set(report["encoding"]) == {"p50", "p95"}


def test_only_the_first_queries_can_be_asked(relevance_file: Path, capsys: Output) -> None:
    call_command("eval_search", str(relevance_file), limit=1)

    assert "2 documents, 1 queries" in capsys.readouterr().out


def test_it_leaves_no_trace(relevance_file: Path, capsys: Output) -> None:
    call_command("eval_search", str(relevance_file))

    assert not SearchEntry.objects.exists()
    assert not Embedding.objects.exists()
    assert not settings.INDEX_DIR.exists() or not any(settings.INDEX_DIR.iterdir())


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("missing.json", None, "No such file or directory."),
        ("broken.json", "{", "This is no JSON"),
        ("empty.json", '{"documents": [], "queries": []}', "documents must contain at least 1"),
    ],
)
def test_a_file_that_cannot_be_relied_on_is_refused(
    temp_dir: Path, name: str, text: str | None, reason: str
) -> None:
    path = temp_dir / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(CommandError, match=reason) as refusal:
        call_command("eval_search", str(path))

    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)


def test_a_limit_below_one_is_refused(relevance_file: Path) -> None:
    with pytest.raises(CommandError, match="--limit") as refusal:
        call_command("eval_search", str(relevance_file), limit=0)

    assert refusal.value.returncode == 2


def test_without_a_model_it_says_so(relevance_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ModelNotReady("There is no model.")

    monkeypatch.setattr(embedding, "ensure_model", refuse)

    with pytest.raises(CommandError, match="There is no model"):
        call_command("eval_search", str(relevance_file))
