"""The door of the MCP endpoint: a view of the REST API's kind, so that everything counts alike.

Host names, tokens, limits and the audit trail are those of every other address. What differs: a
message only reads, though it comes by POST; cookies mean nothing; errors are JSON-RPC's.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import APIException, ParseError, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import BearerAuthentication
from accounts.api.permissions import ReadersOnly
from accounts.oauth.resources import challenge
from accounts.services import principal_of
from registry_site.lib import problem_details
from search.mcp.origins import is_ours

PARSE_ERROR, INVALID_REQUEST = -32700, -32600


class Unacceptable(APIException):
    """No message of this protocol comes like this."""

    status_code = HTTPStatus.BAD_REQUEST


class BearerOfTheEndpoint(BearerAuthentication):
    """The tokens of the API, as far as they are meant for this address."""

    def authenticate_header(self, request: Request) -> str:
        return challenge("/mcp")


class McpView(APIView):
    """One JSON-RPC message in, its answer out; nothing is kept in between."""

    schema = None  # not REST: it describes itself, by server/discover
    http_method_names = ["post"]
    authentication_classes = [BearerOfTheEndpoint]
    permission_classes = [ReadersOnly]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_foreign_pages(request)
        refuse_parameters(request)
        super().initial(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Nothing to choose from; a ``GET`` for a stream has to learn that there is none (405).

        What a message must accept, the SDK looks at.
        """
        return super().perform_content_negotiation(request, force=True)

    def post(self, request: Request) -> HttpResponse:
        from search.mcp.exchange import Message, answered  # costs what the package says

        if not isinstance(request.data, dict):
            raise Unacceptable("Send one JSON-RPC message; a batch is not taken.")
        message = Message(
            content=request.data, headers=dict(request.headers), principal=principal_of(request)
        )
        return answered(message)

    def get_exception_handler(self) -> Any:
        return as_json_rpc


def refuse_foreign_pages(request: Request) -> None:
    """Raises ``PermissionDenied``."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_ours(origin):
        raise PermissionDenied("Pages of this origin may not ask this registry.")


def refuse_parameters(request: Request) -> None:
    """A token in an address ends up in logs and histories. Raises ``Unacceptable``."""
    if request.META.get("QUERY_STRING"):
        raise Unacceptable("This address takes no parameters; a token goes into Authorization.")


def as_json_rpc(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer of the REST API to ``error``, in the words of this protocol."""
    response = problem_details.exception_handler(error, context)
    if response is None:
        return None
    code = PARSE_ERROR if isinstance(error, ParseError) else INVALID_REQUEST
    told = {"code": code, "message": response.data["detail"]}
    response.data = {"jsonrpc": "2.0", "id": None, "error": told}
    response.content_type = "application/json"
    return response
