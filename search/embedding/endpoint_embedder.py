"""Asks an endpoint for vectors, and takes none on trust: their number, order, length and values.

Whatever goes wrong is a sentence without addresses and keys, as everybody who searches reads it;
what exactly it was is its cause.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
import orjson
from asgiref.sync import async_to_sync

from registry_site.lib.outbound import OutboundClient, OutboundError, Response, outbound_client
from search.embedding.base import FloatArray, ModelNotReady
from search.embedding.endpoint import Endpoint, EndpointSpace

TEXTS_A_REQUEST = 64
# 64 vectors of 4,096 numbers, each of some 20 characters, and room.
LARGEST_ANSWER = 16 * 1024 * 1024
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
PROBE = "How long are your vectors?"


class TextsRefused(Exception):
    """The endpoint works, but not for these texts."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one answer may take, in seconds, and how often it is asked for in that time."""

    deadline: float
    attempts: int


FOR_QUERIES = Patience(deadline=3.0, attempts=1)
FOR_BULK = Patience(deadline=60.0, attempts=5)


class EndpointEmbedder:
    """The vectors of an endpoint. Not for a thread in which an event loop runs."""

    def __init__(self, endpoint: Endpoint, space: EndpointSpace, *, patience: Patience) -> None:
        self.model_key = space.model_key
        self.dimension = space.dimension
        self._endpoint = endpoint
        self._patience = patience

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text. Raises ``ModelNotReady`` and ``TextsRefused``."""
        vectors = async_to_sync(_vectors)(self._endpoint, texts, self._patience)
        if vectors.shape[1] != self.dimension:
            raise ModelNotReady(
                f"The embedding endpoint gave vectors of {vectors.shape[1]} dimensions, "
                f"not {self.dimension}: run `python manage.py prepare_model`."
            )
        return vectors


def ask_dimension(endpoint: Endpoint) -> int:
    """How long the endpoint's vectors are. Raises ``ModelNotReady``."""
    try:
        probed = async_to_sync(_vectors)(endpoint, [PROBE], FOR_BULK)
    except TextsRefused as error:
        raise ModelNotReady(str(error)) from error
    dimension: int = probed.shape[1]
    return dimension


async def _vectors(endpoint: Endpoint, texts: Sequence[str], patience: Patience) -> FloatArray:
    starts = range(0, len(texts), TEXTS_A_REQUEST)
    credentials = endpoint.credentials
    async with outbound_client(largest_response=LARGEST_ANSWER, credentials=credentials) as client:
        batches = [
            await _in_time(client, endpoint, texts[start : start + TEXTS_A_REQUEST], patience)
            for start in starts
        ]
    try:
        return np.concatenate(batches)
    except ValueError as error:
        raise ModelNotReady("The embedding endpoint gave vectors of different lengths.") from error


async def _in_time(
    client: OutboundClient, endpoint: Endpoint, texts: Sequence[str], patience: Patience
) -> FloatArray:
    try:
        async with asyncio.timeout(patience.deadline):
            response = await _asked(client, endpoint, texts, attempts=patience.attempts)
    except TimeoutError as error:
        raise ModelNotReady(
            f"The embedding endpoint did not answer within {patience.deadline:g} seconds."
        ) from error
    except OutboundError as error:
        raise ModelNotReady("The embedding endpoint cannot be reached.") from error
    _check_status(response)
    return _checked_vectors(response.content, count=len(texts))


async def _asked(
    client: OutboundClient, endpoint: Endpoint, texts: Sequence[str], *, attempts: int
) -> Response:
    """The answer; of a busy or failing endpoint that of the last attempt."""
    asked: dict[str, Any] = {"model": endpoint.model, "input": list(texts)}
    if endpoint.dimensions:
        asked["dimensions"] = endpoint.dimensions
    for attempt in range(attempts):
        response = await client.post(
            endpoint.address,
            content=orjson.dumps(asked),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        if not _may_pass(response) or attempt == attempts - 1:
            break
        await asyncio.sleep(_pause(response, attempt))
    return response


def _may_pass(response: Response) -> bool:
    status = response.status_code
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _pause(response: Response, attempt: int) -> float:
    """Seconds until the next attempt: what the endpoint asks for, or twice as long each time."""
    asked = response.headers.get("Retry-After", "")
    pause = float(asked) if asked.isdecimal() else FIRST_PAUSE * 2**attempt
    return min(pause, LONGEST_PAUSE)


def _check_status(response: Response) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status in _REFUSALS:
        raise TextsRefused(f"The embedding endpoint refused a text (HTTP {status}).")
    raise ModelNotReady(f"The embedding endpoint answered HTTP {status}{_HINTS.get(status, '')}.")


_REFUSALS = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_HINTS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: ": check EMBEDDING_API_KEY",
    HTTPStatus.FORBIDDEN: ": check EMBEDDING_API_KEY",
    HTTPStatus.NOT_FOUND: ": check EMBEDDING_URL and EMBEDDING_MODEL",
}


def _checked_vectors(content: bytes, *, count: int) -> FloatArray:
    """One row a text, in their order, each of length 1. Raises ``ModelNotReady``."""
    try:
        answered = orjson.loads(content)["data"]
        of_index = {row["index"]: row["embedding"] for row in answered}
        vectors = np.array([of_index[index] for index in range(count)], dtype=np.float64)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelNotReady("The embedding endpoint answered with something else.") from error
    if len(answered) != count or vectors.ndim != 2:
        raise ModelNotReady("The embedding endpoint answered with something else.")
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ModelNotReady("The embedding endpoint gave a vector that has no length.")
    normalised: FloatArray = (vectors / lengths).astype(np.float32)
    return normalised
