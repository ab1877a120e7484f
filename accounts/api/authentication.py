"""How a request to the REST API proves who sends it."""

from django.utils import timezone
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.client_address import client_address
from accounts.models import ApiToken, User
from accounts.oauth.resources import challenge
from accounts.oauth.tokens import principal_of_access_token, principal_of_issuer_token
from accounts.principals import SignedCredential
from accounts.services import principal_of_jwt, principal_of_token

KEYWORD = b"bearer"
# A signed token has three parts; what else we issue has no dot in it.
DOTS_OF_A_JWT = 2


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer …`` with an API token, a signed token or an OAuth access token.

    One answer for every token that does not hold, so that nobody learns which ones once did.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken | SignedCredential] | None:
        keyword, *rest = get_authorization_header(request).split() or [b""]
        if keyword.lower() != KEYWORD:
            return None
        clear = b" ".join(rest).decode("utf-8", errors="replace")
        proven = self.proven(clear, request)
        if proven is None:
            raise AuthenticationFailed("The token is not valid: unknown, expired or revoked.")
        return proven

    def proven(
        self, clear: str, request: Request
    ) -> tuple[User, ApiToken | SignedCredential] | None:
        """Whose token it is, and what stands in ``request.auth``."""
        now, path = timezone.now(), request.path
        if clear.count(".") == DOTS_OF_A_JWT:
            own = principal_of_jwt(clear=clear, now=now)
            return own or principal_of_issuer_token(clear=clear, path=path, now=now)
        api_token = principal_of_token(clear=clear, now=now, address=client_address(request))
        return api_token or principal_of_access_token(clear=clear, path=path, now=now)

    def authenticate_header(self, request: Request) -> str:
        """Where an MCP client learns from whom it gets a token (RFC 9728)."""
        return challenge("/api")


class BrowserSessionAuthentication(SessionAuthentication):
    """The session of a browser, with its CSRF token on every change.

    It names no challenge of its own, so that a call without credentials is answered 401 with
    ``WWW-Authenticate: Bearer``.
    """
