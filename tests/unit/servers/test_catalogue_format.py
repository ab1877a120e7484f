"""Entries of a tool catalogue in the registry's own terms."""

from typing import Any

import pytest

from servers.documents import facts_of, from_catalogue, validate_document


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": "@some_body/memory bank",
        "name": "Memory Bank",
        "author": "@some_body",
        "description": "Keeps what was said.",
        "primary_label": "Memory Management",
        "tags": ["Search", "api"],
        "categories": ["search"],
        "repository_url": "https://github.com/some-body/memory",
        "homepage": "https://example.org/memory",
        "license": "MIT",
        "remote_url": "https://example.org/memory/mcp",
        "tools": [tool("recall")],
        **changes,
    }


def tool(name: str, **changes: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"topic": {"type": "string"}}}
    return {
        "name": name,
        "description": "d",
        "input_schema": schema,
        "annotations": None,
        **changes,
    }


def test_an_entry_becomes_a_valid_document() -> None:
    found = from_catalogue(entry())

    validate_document(found.document)
    assert found.document["name"] == "some-body/memory-bank"
    assert found.document["title"] == "Memory Bank"
    assert found.document["version"] == "0.0.0"
    assert found.document["remotes"] == [
        {"type": "streamable-http", "url": "https://example.org/memory/mcp"}
    ]
    assert found.document["repository"]["source"] == "github"


def test_labels_become_category_and_tags() -> None:
    found = from_catalogue(entry())

    assert (found.category, found.tags) == ("Memory Management", ["api", "search"])


def test_a_long_description_is_cut_at_a_word_and_kept_whole() -> None:
    long = "Keeps what was said in every conversation. " * 20

    found = from_catalogue(entry(description=long))

    validate_document(found.document)
    shown = found.document["description"].removesuffix("…")
    assert long.startswith(f"{shown} ")
    assert facts_of(found.document).description == long.strip()


def test_a_description_beyond_the_room_in_meta_is_cut_to_fit() -> None:
    found = from_catalogue(entry(description="word " * 2000))

    validate_document(found.document)
    assert len(facts_of(found.document).description) > 3000


def test_a_tool_takes_its_mcp_names() -> None:
    hints = {"readOnlyHint": True, "destructiveHint": None}

    found = from_catalogue(entry(tools=[tool("recall", description=None, annotations=hints)]))

    assert found.tools == [
        {
            "name": "recall",
            "inputSchema": tool("recall")["input_schema"],
            "annotations": {"readOnlyHint": True},
        }
    ]


def test_the_first_of_two_tools_of_one_name_counts() -> None:
    found = from_catalogue(entry(tools=[tool("recall", description="first"), tool("recall")]))

    assert [each["description"] for each in found.tools] == ["first"]
    assert found.notes == ["tool 'recall' is listed more than once; the first counts"]


@pytest.mark.parametrize("tags", [None, [], ["x" * 80]])
def test_tags_fit_their_column(tags: Any) -> None:
    assert all(len(tag) <= 50 for tag in from_catalogue(entry(tags=tags)).tags)
