"""Why a probe may come back without a list of tools; each carries a sentence for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from registry_site.lib.outbound import OutboundError, Response, ResponseRefused
from registry_site.lib.printable import printable


class ProbeFailure(Exception):
    """The base of all. ``conclusive`` failures are not worth trying another dialect for."""

    conclusive = True

    def __init__(self, reason: str, *, http_status: int | None = None) -> None:
        self.reason = printable(reason)
        super().__init__(self.reason)
        self.http_status = http_status


class Unreachable(ProbeFailure):
    """No answer: the guard, the name, the connection or TLS stood in the way, or time ran out."""


class ServerError(Unreachable):
    """HTTP 5xx. Some old servers answer so to a method they do not know."""

    conclusive = False


class AuthorizationRequired(ProbeFailure):
    """Alive, and wants credentials."""


class NotMcp(ProbeFailure):
    """An answer, but not one of this dialect of MCP."""

    conclusive = False


class Refused(ProbeFailure):
    """It speaks JSON-RPC and turned the request down."""

    conclusive = False

    def __init__(
        self, reason: str, *, code: int | None = None, http_status: int | None = None
    ) -> None:
        super().__init__(reason, http_status=http_status)
        self.code = code


class RateLimited(Refused):
    """HTTP 429: asking again at once would make it worse."""

    conclusive = True


@contextmanager
def network_failures() -> Iterator[None]:
    """Turns the outbound guard's failures into ours."""
    try:
        yield
    except ResponseRefused as error:
        raise NotMcp(str(error)) from error
    except OutboundError as error:
        raise Unreachable(str(error)) from error


def failure_of_status(response: Response) -> ProbeFailure:
    """What an HTTP answer without a JSON-RPC message in it means."""
    status = response.status_code
    answer = f"HTTP {status} {_phrase(status)}".rstrip()
    if status in (401, 403):
        scheme = response.headers.get("WWW-Authenticate", "").partition(" ")[0]
        how = f" by {scheme:.40}" if scheme else ", without saying how"
        return AuthorizationRequired(
            f"Alive, but asks for authorization{how} ({answer}).", http_status=status
        )
    if status == 429:
        return RateLimited(
            f"Alive, but limits the rate of requests ({answer}).", http_status=status
        )
    if status >= 500:
        return ServerError(f"The server fails with {answer}.", http_status=status)
    if 300 <= status < 400:
        location = response.headers.get("Location", "nowhere")
        return NotMcp(
            f"Redirects to {location:.200}, which is not followed; register that address "
            f"({answer}).",
            http_status=status,
        )
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    what = f"with {kind:.60}" if kind else "with nothing"
    return NotMcp(f"Answers {what} instead of MCP ({answer}).", http_status=status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
