"""One request to a receiver, and what it answered. Knows nothing of the database."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from registry_site.lib.outbound import OutboundError, Response, outbound_client
from registry_site.lib.printable import printable

# Characters of what a receiver says about a refusal; nothing else of an answer is kept.
LONGEST_WORDS = 200
# Bytes that are read of it.
MOST_READ = 4 * LONGEST_WORDS


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent, and where."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How it went: the status, where there was one, and what was wrong in words."""

    http_status: int | None = None
    error: str = ""

    @property
    def accepted(self) -> bool:
        status = self.http_status
        return status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing more from us."""
        return self.http_status == HTTPStatus.GONE


async def send(message: Message, *, deadline: float) -> Answer:
    """Post ``message``, for ``deadline`` seconds at most; whatever happens is an answer."""
    try:
        async with asyncio.timeout(deadline):
            return await _post(message)
    except OutboundError as error:
        return Answer(error=str(error))
    except TimeoutError:
        return Answer(error=f"No answer within {deadline:g} seconds.")


async def _post(message: Message) -> Answer:
    async with (
        outbound_client() as client,
        client.stream(
            "POST", message.url, content=message.body, headers=message.headers
        ) as response,
    ):
        if response.is_success:
            return Answer(http_status=response.status_code)
        return Answer(http_status=response.status_code, error=await _words_of(response))


async def _words_of(response: Response) -> str:
    """The beginning of what a refusal says, in one printable line."""
    said = b""
    async for part in response.aiter_raw():
        said += part
        if len(said) >= MOST_READ:
            break
    text = printable(said[:MOST_READ].decode(errors="replace"))
    words = " ".join(text.split())[:LONGEST_WORDS]
    return f"HTTP {response.status_code}: {words}" if words else f"HTTP {response.status_code}"
