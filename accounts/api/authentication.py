"""How a request to the REST API proves who sends it."""

from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken, User
from accounts.services import principal_of_token


class ApiTokenAuthentication(TokenAuthentication):
    """``Authorization: Bearer rollcall_…``; notes when the token was last used.

    One answer for every token that does not hold, so that nobody learns which ones once did.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        clear = token.decode("utf-8", errors="replace")
        found = principal_of_token(clear=clear, now=timezone.now())
        if found is None:
            raise AuthenticationFailed("The token is not valid: unknown, expired or revoked.")
        return found


class BrowserSessionAuthentication(SessionAuthentication):
    """The session of a browser, with its CSRF token on every change.

    It names no challenge of its own, so that a call without credentials is answered 401 with
    ``WWW-Authenticate: Bearer``.
    """
