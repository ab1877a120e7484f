"""Names that a person would take for another one, made by rule from names that exist."""

import unicodedata
from collections.abc import Iterator
from itertools import islice

import pytest

from servers.documents import InvalidDocument, look_alike_key, remote_urls, validate_document
from servers.documents.names import _LOOK_ALIKES, looks_like, skeleton
from tests.fixtures.factories import document

# The first names of the official registry's namespaces in 2025, and a few made like them.
NAMES = [
    "ai.exa/exa",
    "ai.klavis/strata",
    "ai.smithery/brave",
    "ai.waystation/gmail",
    "app.thoughtspot/mcp-server",
    "co.huggingface/hf-mcp-server",
    "com.apify/apify-mcp-server",
    "com.atlassian/atlassian-mcp-server",
    "com.cloudflare.mcp/mcp",
    "com.figma.mcp/mcp",
    "com.infobip/mcp",
    "com.microsoft/azure",
    "com.monday/monday.com",
    "com.notion/mcp",
    "com.paypal.mcp/mcp",
    "com.postman/postman-mcp-server",
    "com.stripe/mcp",
    "com.supabase/mcp",
    "com.vercel/vercel-mcp",
    "com.webflow/mcp",
    "dev.svelte/mcp",
    "io.github.brave/brave-search-mcp-server",
    "io.github.bytedance/mcp-server-browser",
    "io.github.chromedevtools/chrome-devtools-mcp",
    "io.github.containers/kubernetes-mcp-server",
    "io.github.docker/mcp-hub",
    "io.github.github/github-mcp-server",
    "io.github.grafana/mcp-grafana",
    "io.github.jetbrains/mcp-server",
    "io.github.microsoft/playwright-mcp",
    "io.github.mongodb-js/mongodb-mcp-server",
    "io.github.neondatabase/mcp-server-neon",
    "io.github.oraios/serena",
    "io.github.pinecone-io/pinecone-mcp",
    "io.github.redis/mcp-redis",
    "io.github.sonarsource/sonarqube-mcp-server",
    "io.github.tavily-ai/tavily-mcp",
    "io.github.upstash/context7",
    "io.snyk/mcp",
    "net.example/list_10_items",
    "org.example/weather",
    "org.wikipedia/wiki-tool",
]

HOMOGLYPHS = {"a": "а", "e": "е", "o": "ο", "c": "с", "p": "ρ", "i": "і", "s": "ѕ", "l": "ӏ"}


def read_alike(name: str) -> Iterator[str]:
    """ASCII names that look like ``name``."""
    yield name.upper()
    yield name.replace(".", "-")
    yield name.replace("-", "_")
    yield name.replace("-", ".")
    yield name.replace("l", "1")
    yield name.replace("i", "l")
    yield name.replace("i", "1")
    yield name.replace("o", "0")


def not_ascii(name: str) -> Iterator[tuple[str, str]]:
    """Names with a character that no name may have, and that character."""
    for plain, foreign in HOMOGLYPHS.items():
        if plain in name:
            yield name.replace(plain, foreign, 1), foreign
    full_width = chr(ord(name[0]) + 0xFEE0)
    yield full_width + name[1:], full_width
    for hidden in "\u202e\u200b\u200d\u2066\ufeff":
        yield name[:5] + hidden + name[5:], hidden


ALIKE = [(name, other) for name in NAMES for other in read_alike(name) if other != name]
FOREIGN = [(name, *pair) for name in NAMES for pair in islice(not_ascii(name), 14)]


@pytest.mark.parametrize(("name", "other"), ALIKE)
def test_names_that_are_read_alike_have_one_key(name: str, other: str) -> None:
    assert look_alike_key(name) == look_alike_key(other)


@pytest.mark.parametrize(("name", "other", "character"), FOREIGN)
def test_a_character_that_is_not_ascii_is_named(name: str, other: str, character: str) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        validate_document(document(name=other))

    said = [each.message for each in refusal.value.errors if each.path == "name"]
    code = f"U+{ord(character):04X} {unicodedata.name(character)}"
    assert any(message.startswith(f"has {code}") for message in said)


def test_there_are_cases_enough() -> None:
    assert len(ALIKE) >= 150
    assert len(FOREIGN) >= 300


def test_names_that_exist_do_not_look_alike() -> None:
    assert len({look_alike_key(name) for name in NAMES}) == len(NAMES)


def test_the_message_says_which_letter_it_looks_like() -> None:
    with pytest.raises(InvalidDocument) as refusal:
        validate_document(document(name="org.ex\u0430mple/weather"))

    assert "has U+0430 CYRILLIC SMALL LETTER A, which looks like 'a', at character 6." in [
        each.message for each in refusal.value.errors
    ]


def test_every_letter_of_the_table_is_taken_for_the_one_it_stands_beside() -> None:
    """Also those that Unicode decomposes into another letter, such as the lunate sigma."""
    read = {plain: skeleton(strange) for plain, strange in _LOOK_ALIKES.items()}

    assert read == {plain: plain * len(strange) for plain, strange in _LOOK_ALIKES.items()}
    assert [looks_like(letter) for letter in "ϲϹ"] == ["c", "C"]


def test_a_skeleton_is_as_long_as_its_text() -> None:
    text = "Ｗеαthеr ﬁ １²\u200b"

    assert len(skeleton(text)) == len(text)
    assert skeleton("раypal") == "paypal"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://example.org/mcp", "https://example.org/mcp"),
        ("HTTPS://Example.ORG/mcp/", "https://example.org/mcp"),
        ("https://example.org:443/mcp", "https://example.org/mcp"),
        ("http://example.org:80", "http://example.org"),
        ("https://example.org:8443/Mcp?A=b", "https://example.org:8443/Mcp?A=b"),
        ("https://{Tenant}.example.org/{Id}/", "https://{Tenant}.example.org/{Id}"),
        ("https://[::1]:443/mcp", "https://[::1]/mcp"),
    ],
)
def test_an_address_has_one_form(url: str, normal: str) -> None:
    assert remote_urls(document(remotes=[{"type": "sse", "url": url}])) == {normal}


@pytest.mark.parametrize(
    "url",
    [
        "https://{host}/mcp",
        "https://{host}:443/mcp",
        "https://{host}:{port}/mcp",
        "https://{tenant}.{domain}/mcp",
        "https://me@{host}/mcp",
    ],
)
def test_an_address_whose_host_is_a_variable_is_nobodys(url: str) -> None:
    assert remote_urls(document(remotes=[{"type": "sse", "url": url}])) == set()


def test_a_document_without_remotes_has_no_address() -> None:
    assert remote_urls(document(remotes=None)) == set()
