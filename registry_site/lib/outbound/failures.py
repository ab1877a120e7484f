"""Every way in which a request may get no complete answer; ``str()`` is a sentence for people."""

import httpx2


class OutboundError(httpx2.TransportError):
    """The base of all; a transport error too, so that libraries given our client know it."""


class OutboundRefused(OutboundError):
    """Nothing was sent: the URL or an address behind it is not allowed."""


class ConnectionFailed(OutboundError):
    """The name, the connection, its TLS or the answer failed on the way."""


class ResponseRefused(OutboundError):
    """The server answered in a way that is not read."""


class ResponseTooLarge(ResponseRefused):
    """The answer has more bytes than are read; reading stopped at the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The answer is larger than {limit:,} bytes.")
