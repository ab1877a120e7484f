"""A model that others run: where it is asked (``EMBEDDING_URL``) and what is known of it here.

How long its vectors are is asked once and kept under ``MODEL_DIR``, as prepared models are.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import orjson
from django.conf import settings

from registry_site.lib.durable_files import write_durably
from registry_site.lib.outbound import NO_CREDENTIALS, Credentials, OutboundRefused, origin_of
from search.embedding.base import ModelNotReady
from search.embedding.source import readable_key

FACTS = "endpoint.json"


@dataclass(frozen=True, kw_only=True)
class EndpointSpace:
    """The vector space of an endpoint's model."""

    model_key: str
    dimension: int


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint in the form of OpenAI's ``/v1/embeddings``."""

    url: str
    model: str
    api_key: str = field(repr=False, default="")
    # How long vectors are asked to be; 0: as long as the model makes them.
    dimensions: int = 0

    @classmethod
    def configured(cls) -> Self:
        """The endpoint of the settings. Raises ``ModelNotReady``."""
        if not settings.EMBEDDING_MODEL:
            raise ModelNotReady("EMBEDDING_URL is set: say in EMBEDDING_MODEL which model it has.")
        return cls(
            url=settings.EMBEDDING_URL,
            model=settings.EMBEDDING_MODEL,
            api_key=settings.EMBEDDING_API_KEY,
            dimensions=settings.EMBEDDING_DIMENSIONS,
        )

    @property
    def address(self) -> str:
        """What is posted to: ``url`` may name it, or the API above it."""
        address = self.url.rstrip("/")
        return address if address.endswith("/embeddings") else f"{address}/embeddings"

    @property
    def credentials(self) -> Credentials:
        """Raises ``ModelNotReady`` for an address that leads nowhere."""
        if not self.api_key:
            return NO_CREDENTIALS
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return Credentials(origin=self._origin, headers=headers)

    def space(self) -> EndpointSpace:
        """Raises ``ModelNotReady`` as long as nobody asked how long the vectors are."""
        dimension = self.dimensions or self._known_dimension()
        return EndpointSpace(model_key=f"{self._key}-{dimension}", dimension=dimension)

    def remember(self, dimension: int) -> None:
        """Note how long its vectors are, for all processes."""
        self._facts.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._facts, orjson.dumps({"dimension": dimension}))

    def _known_dimension(self) -> int:
        try:
            return int(orjson.loads(self._facts.read_bytes())["dimension"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelNotReady("The embedding endpoint was not asked yet.") from error

    @property
    def _facts(self) -> Path:
        folder: Path = settings.MODEL_DIR / self._key
        return folder / FACTS

    @cached_property
    def _key(self) -> str:
        """The model's name, and the digest of who runs it: the same name may be another model."""
        return readable_key(self.model, hashlib.sha256(self._origin.encode()).hexdigest())

    @cached_property
    def _origin(self) -> str:
        try:
            return origin_of(self.url)
        except OutboundRefused as error:
            raise ModelNotReady("EMBEDDING_URL is not an address.") from error
