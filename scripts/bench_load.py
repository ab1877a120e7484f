"""Asks a web process from many clients at once, cheaply: the machine is the web process's.

HTTP/1.1 over connections kept open, written by hand: a full client would take more of the processor
than the server that it measures.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Load:
    """What came back, and how long each took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def load(port: int, paths: Sequence[str], *, clients: int) -> Load:
    """Ask for every path once, by ``clients`` at a time."""
    return asyncio.run(_load(port, iter(paths), clients))


async def _load(port: int, paths: Iterator[str], clients: int) -> Load:
    result = Load()
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, paths, result) for _ in range(clients)))
    result.seconds = time.perf_counter() - started
    return result


async def _client(port: int, paths: Iterator[str], result: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for path in paths:
            started = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            ok = await _answered(reader)
            result.latencies.append(time.perf_counter() - started)
            result.failures += not ok
    finally:
        writer.close()


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Whether the next answer is a 200, read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    await reader.readexactly(int(length.group(1)) if length else 0)
    return head.startswith(b"HTTP/1.1 200")
