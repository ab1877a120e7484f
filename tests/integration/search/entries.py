"""Entries as the refresh leaves them behind, for the tests of what comes after it."""

from search import texts
from search.embedding import FloatArray
from search.models import Embedding, SearchEntry, ServerIndexing
from servers.models import Server
from tests.fixtures.embeddings import WordHashEmbedder
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory

MODEL = WordHashEmbedder.model_key


def indexed(text: str = "rain", *, model: str | None = MODEL) -> SearchEntry:
    """The entry of a server as the refresh leaves it behind; without a model, without a vector."""
    server = ServerFactory()
    entry = SearchEntry.objects.create(
        server=server, text_hash=f"hash of {text}", name=server.name, words=text
    )
    follow(server, model=model or MODEL)
    if model:
        embed(entry, model=model)
    return entry


def follow(server: Server, *, model: str) -> None:
    ServerIndexing.objects.update_or_create(
        server=server,
        defaults={
            "indexed_revision": server.revision,
            "model_key": model,
            "text_format": texts.FORMAT,
        },
    )


def embed(entry: SearchEntry, *, model: str = MODEL) -> None:
    Embedding.objects.get_or_create(
        model_key=model,
        text_hash=entry.text_hash,
        defaults={"vector": vector_of(entry.words).tobytes(), "created_at": NOW},
    )


def vector_of(text: str) -> FloatArray:
    return WordHashEmbedder().encode([text])[0]
