"""``manage.py prepare_model``: make the embedding model ready before anything needs it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search import embedding
from search.embedding import ModelNotReady


class Command(BaseCommand):
    help = (
        "Prepares the model that EMBEDDING_MODEL names: exports it once for quick loading and "
        "checks the result. Downloads a model of the hub only with HF_HUB_OFFLINE=0. Of an API at "
        "EMBEDDING_URL it asks a vector."
    )

    def handle(self, **options: Any) -> None:
        try:
            embedding.fetch_configured()
            ready = self._ready()
            if ready is None:
                self.stdout.write("Preparing the embedding model, which takes some seconds...")
                embedding.ensure_model()
                ready = embedding.ready_model()
        except ModelNotReady as error:
            raise CommandError(_in_full(error), returncode=2) from error
        self.stdout.write(f"{ready.model_key} is ready, {ready.dimension} dimensions.")

    def _ready(self) -> embedding.VectorSpace | None:
        try:
            return embedding.ready_model()
        except ModelNotReady:
            return None


def _in_full(error: ModelNotReady) -> str:
    """With its cause, which is nobody's business but that of whoever runs the registry."""
    return f"{error} ({error.__cause__})" if str(error.__cause__ or "") else str(error)
