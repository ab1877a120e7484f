"""Answers that are written row by row, in the same memory however many rows there are."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

LINES_AT_ONCE = 100


def streamed(
    request: HttpRequest, lines: Iterable[str], *, content_type: str, filename: str
) -> StreamingHttpResponse:
    """An answer of ``lines``, which the browser keeps as ``filename``.

    Django would first collect an ordinary iterator when it serves by ASGI, and an asynchronous one
    when it serves by WSGI: each is given what it can send as it comes.
    """
    chunks = _chunks(lines)
    content = _off_the_event_loop(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    source = iter(lines)
    while chunk := "".join(islice(source, LINES_AT_ONCE)):
        yield chunk


async def _off_the_event_loop(chunks: Iterator[str]) -> AsyncIterator[str]:
    while chunk := await sync_to_async(lambda: next(chunks, ""))():
        yield chunk
