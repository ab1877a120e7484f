"""What a text hides: characters nobody sees, escapes of terminals, and blobs to be decoded."""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import groupby

from servers.documents.characters import HiddenCharacter, Kind, hidden_in, tagged_text
from servers.scanning.findings import Span

_TERMINAL_ESCAPE = re.compile(r"(?:\x1b|\x9b)(?:[\[\]()][0-9;?]{0,30}[A-Za-z]?)?")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{24,}={0,2}")
_DATA_URL = ";base64,"  # an icon, or another file that says what it is
_WORDS = re.compile(rb"[A-Za-z]{2,} [A-Za-z]{2,}")
# A sample of base64 that decodes to nothing readable is an example; one this long is a payload.
LONGEST_BLOB = 512


def hidden_characters(text: str) -> Iterator[Span]:
    """Each run of hidden characters; what tag characters spell is said."""
    hidden = (each for each in hidden_in(text) if each.character not in "\x1b\x9b")
    # Neighbours differ as much in their place in the text as in their number.
    for _, run in groupby(enumerate(hidden), lambda pair: pair[1].offset - pair[0]):
        yield _hidden_run([each for _, each in run], text)


def _hidden_run(run: list[HiddenCharacter], text: str) -> Span:
    start, end = run[0].offset, run[-1].offset + 1
    message = f"{run[0]} {run[0].kind}"
    if len(run) > 1:
        message = f"{len(run)} hidden characters, the first {message}"
    if any(each.kind is Kind.TAG for each in run):
        message += f'; they spell "{tagged_text(text[start:end])}"'
    return Span(start, end, message)


def terminal_escapes(text: str) -> Iterator[Span]:
    """Sequences that move the cursor of a terminal or colour what follows, as to hide it."""
    for match in _TERMINAL_ESCAPE.finditer(text):
        yield Span(*match.span(), "a terminal escape sequence can hide what is written")


def encoded_text(text: str) -> Iterator[Span]:
    """Base64 that decodes to a sentence, or that is too long to be an example."""
    for match in _BASE64.finditer(text):
        decoded = _decoded(match.group().rstrip("="))
        if decoded and _WORDS.search(decoded):
            yield Span(*match.span(), f'base64 decodes to "{decoded[:100].decode()}"')
        elif len(match.group()) > LONGEST_BLOB and not text.endswith(_DATA_URL, 0, match.start()):
            yield Span(*match.span(), f"{len(match.group()):,} characters of encoded data")


def _decoded(blob: str) -> bytes | None:
    """The printable ASCII that ``blob`` encodes, else ``None``."""
    try:
        decoded = base64.b64decode(blob[: len(blob) // 4 * 4])
    except binascii.Error:
        return None
    return decoded if decoded.isascii() and decoded.decode().isprintable() else None
