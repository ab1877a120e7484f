"""Which relevance files are read, and what is said about the others."""

import json
from pathlib import Path
from typing import Any

import pytest

from search.evaluation.relevance import RelevanceFileRefused, RelevanceSet, read_relevance

DOCUMENTS = [
    {"id": "1", "name": "get_weather", "description": "The weather of a place"},
    {"id": "2", "name": "send_mail", "description": None, "server": "Post"},
]
QUERIES = [{"query": " will it rain ", "relevant": ["1"]}]


def read(folder: Path, content: object) -> RelevanceSet:
    path = folder / "judged.json"
    path.write_text(json.dumps(content))
    return read_relevance(path)


def content(**changes: object) -> dict[str, Any]:
    return {"documents": DOCUMENTS, "queries": QUERIES} | changes


def test_documents_and_queries_are_read(temp_dir: Path) -> None:
    judged = read(temp_dir, content(name="mine"))

    assert judged.name == "mine"
    assert [document.text.name for document in judged.documents] == ["get_weather", "send_mail"]
    assert judged.documents[1].text.description == ""
    assert judged.documents[1].server == "Post"
    assert judged.queries[0].text == "will it rain"
    assert judged.queries[0].relevant == {"1"}
    assert not judged.of_servers


def test_a_set_without_a_name_has_that_of_its_file(temp_dir: Path) -> None:
    assert read(temp_dir, content()).name == "judged"


def test_documents_with_tools_are_servers(temp_dir: Path) -> None:
    server = {"id": "1", "name": "Post", "tools": [{"name": "send", "description": "Sends"}]}

    judged = read(temp_dir, content(documents=[server]))

    assert judged.of_servers
    assert [tool.name for tool in judged.documents[0].tools] == ["send"]


def test_a_query_may_have_no_answer(temp_dir: Path) -> None:
    judged = read(temp_dir, content(queries=[{"query": "xyzzy", "relevant": []}]))

    assert judged.queries[0].relevant == frozenset()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"documents": []}, "documents must contain at least 1 items."),
        ({"queries": []}, "queries must contain at least 1 items."),
        ({"queries": {}}, "queries must be array."),
        ({"documents": [{"id": "1"}]}, "documents[0] must contain ['name'] properties."),
        ({"documents": [{"id": 1, "name": "a"}]}, "documents[0].id must be string."),
        ({"queries": [{"query": " ", "relevant": []}]}, "queries[0].query must match pattern"),
        ({"queries": [{"query": "a", "relevant": "1"}]}, "queries[0].relevant must be array."),
        ({"documents": [DOCUMENTS[0]] * 2}, "Two documents have the id '1'."),
        (
            {"queries": [{"query": "a", "relevant": ["1", "9"]}]},
            "queries[0] names the document '9', which is not there.",
        ),
    ],
)
def test_what_cannot_be_relied_on_is_refused(
    temp_dir: Path, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RelevanceFileRefused) as refusal:
        read(temp_dir, content(**changes))

    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', "[" * 100_000, '{"documents": NaN}'])
def test_what_is_no_relevance_file_at_all_is_refused(temp_dir: Path, text: str) -> None:
    path = temp_dir / "broken.json"
    path.write_text(text)

    with pytest.raises(RelevanceFileRefused):
        read_relevance(path)


def test_a_missing_file_is_refused(temp_dir: Path) -> None:
    with pytest.raises(RelevanceFileRefused, match="No such file"):
        read_relevance(temp_dir / "missing.json")


def test_a_reason_is_never_long(temp_dir: Path) -> None:
    with pytest.raises(RelevanceFileRefused) as refusal:
        read(temp_dir, content(queries=[{"query": "a", "relevant": ["x" * 9_999]}]))

    assert len(str(refusal.value)) < 600
