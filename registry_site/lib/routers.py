"""The addresses of the REST API: they answer with and without a trailing slash."""

from collections.abc import Callable, Iterable
from typing import Any

from rest_framework.routers import SimpleRouter

# Path, pattern, method and view of an address, as drf-spectacular hands them to its hooks.
Endpoint = tuple[str, str, str, Callable[..., Any]]


class Router(SimpleRouter):
    """Addresses are written without the slash; with it they answer the same, not a redirect.

    A redirect would lose the body of a POST.
    """

    def __init__(self) -> None:
        super().__init__()
        # The stock router knows only "always" and "never"; it puts this into its patterns.
        self.trailing_slash = "/?"


def without_trailing_slash(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The addresses as the API description names them (a hook of drf-spectacular).

    It would read the optional slash of a pattern as one that belongs there.
    """
    return [(path.rstrip("/"), *rest) for path, *rest in endpoints]  # type: ignore[misc]
