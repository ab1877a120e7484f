"""What stands in a file of servers, as values that may be entries: bounded, JSON or packed JSON."""

import zlib
from typing import Any

import orjson

from servers.importing.entries import is_known_shape

# Bytes of JSON in one file, unpacked.
LARGEST_CONTENT = 128 * 1024 * 1024
# The first two bytes of a compressed file, and zlib's word for its format.
_GZIP = b"\x1f\x8b"
_GZIP_FORMAT = 16 + zlib.MAX_WBITS


class UnreadableContent(Exception):
    """What cannot be read at all; says why."""


def values_of(content: bytes) -> list[Any]:
    """The values in the content of one file, of whichever known shape.

    Raises ``UnreadableContent`` for what is no JSON, or holds nothing of a known shape.
    """
    try:
        parsed = orjson.loads(_unpacked(content))
    except orjson.JSONDecodeError as error:
        raise UnreadableContent(f"not JSON: {error}") from error
    values = parsed.get("servers", [parsed]) if isinstance(parsed, dict) else parsed
    if not isinstance(values, list) or not any(map(is_known_shape, values)):
        raise UnreadableContent(
            "holds no server: expected a server.json, an export of a registry or a catalogue"
        )
    return values


def _unpacked(content: bytes) -> bytes:
    if content[:2] == _GZIP:
        unpacker = zlib.decompressobj(_GZIP_FORMAT)
        try:
            content = unpacker.decompress(content, LARGEST_CONTENT + 1)
        except zlib.error as error:
            raise UnreadableContent(f"cannot be read: {error}") from error
        if not unpacker.eof and len(content) <= LARGEST_CONTENT:
            raise UnreadableContent("cannot be read: the compressed file is cut off")
    if len(content) > LARGEST_CONTENT:
        raise UnreadableContent(f"cannot be read: larger than {LARGEST_CONTENT:,} bytes")
    return content
