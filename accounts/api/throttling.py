"""The REST API's limits on how often a caller may ask, account by account or by address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from accounts.client_address import client_address
from accounts.rate_limits import Policy, Standing, network_of, take

if TYPE_CHECKING:  # DRF's views import this module: it is named in the settings
    from rest_framework.request import Request
    from rest_framework.views import APIView


def count(request: HttpRequest) -> Standing | None:
    """Count ``request`` for the account that sends it, or for the address of a visitor."""
    if request.user.is_authenticated:
        return take(Policy.PRINCIPAL, str(request.user.pk))
    return take(Policy.ANONYMOUS, network_of(client_address(request)))


class CallerThrottle(BaseThrottle):
    """Counts what was authenticated and permitted; the middleware counts what was refused."""

    standing: Standing | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.standing = count(request._request)
        # The middleware puts it into the headers of the answer.
        request._request.rate_limit = self.standing  # type: ignore[attr-defined]
        return self.standing is None or not self.standing.exceeded

    def wait(self) -> float | None:
        return self.standing.reset_after if self.standing else None
