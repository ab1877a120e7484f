"""Which endpoint the settings name, and what is remembered of it."""

from pathlib import Path

import pytest
from pytest_django import Settings

from search.embedding import ModelNotReady, embedder_of, ready_model
from search.embedding.endpoint import FACTS, Endpoint

KEY = "a-very-secret-key"


def endpoint(**changes: object) -> Endpoint:
    facts = {"url": "https://models.example/v1", "model": "text-small", "api_key": KEY}
    return Endpoint(**facts | changes)  # type: ignore[arg-type]


@pytest.fixture
def configured(settings: Settings, tmp_path: Path) -> Settings:
    settings.MODEL_DIR = tmp_path
    settings.EMBEDDING_URL = "https://models.example/v1"
    settings.EMBEDDING_MODEL = "text-small"
    settings.EMBEDDING_API_KEY = KEY
    settings.EMBEDDING_DIMENSIONS = 0
    return settings


@pytest.mark.parametrize(
    "url",
    [
        "https://models.example/v1",
        "https://models.example/v1/",
        "https://models.example/v1/embeddings",
    ],
)
def test_the_address_may_be_that_of_the_api_or_of_its_embeddings(url: str) -> None:
    assert endpoint(url=url).address == "https://models.example/v1/embeddings"


def test_the_key_goes_to_the_endpoint_alone_and_is_in_no_words() -> None:
    credentials = endpoint().credentials

    assert credentials.origin == "https://models.example"
    assert credentials.headers == {"Authorization": f"Bearer {KEY}"}
    assert KEY not in repr(endpoint())
    assert not endpoint(api_key="").credentials.headers


@pytest.mark.usefixtures("configured")
def test_how_long_its_vectors_are_is_asked_once() -> None:
    with pytest.raises(ModelNotReady, match="was not asked yet"):
        ready_model()

    endpoint().remember(1_536)

    assert ready_model().dimension == 1_536


def test_a_length_that_is_asked_for_need_not_be_found_out(configured: Settings) -> None:
    configured.EMBEDDING_DIMENSIONS = 256

    assert ready_model().dimension == 256


def test_another_host_model_or_length_is_another_vector_space(configured: Settings) -> None:
    one = endpoint(dimensions=256)
    others = [
        endpoint(dimensions=512),
        endpoint(dimensions=256, model="text-large"),
        endpoint(dimensions=256, url="https://elsewhere.example/v1"),
    ]

    keys = {each.space().model_key for each in (one, *others)}

    assert len(keys) == 4
    assert one.space().model_key.startswith("text-small-")
    assert one.space().model_key.endswith("-256")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"dimension": "x"}'])
def test_facts_of_any_content_are_survived(configured: Settings, content: bytes) -> None:
    endpoint().remember(3)
    (facts,) = configured.MODEL_DIR.rglob(FACTS)
    facts.write_bytes(content)

    with pytest.raises(ModelNotReady, match="was not asked yet"):
        ready_model()


def test_an_endpoint_needs_the_name_of_a_model(configured: Settings) -> None:
    configured.EMBEDDING_MODEL = ""

    with pytest.raises(ModelNotReady, match="say in EMBEDDING_MODEL"):
        ready_model()


def test_an_address_that_leads_nowhere_is_said(configured: Settings) -> None:
    configured.EMBEDDING_URL = "nowhere"

    with pytest.raises(ModelNotReady, match="EMBEDDING_URL is not an address"):
        ready_model()


def test_an_index_of_another_endpoint_cannot_be_searched(configured: Settings) -> None:
    configured.EMBEDDING_DIMENSIONS = 256

    with pytest.raises(ModelNotReady, match="neither prepared here nor configured"):
        embedder_of("text-of-yesterday-0123456789ab-256")
