"""Many changes in one request: each as its own address would make it, with an answer of its own.

Every item is handed to the view that answers to it alone, with the caller's permissions, its own
``If-Match`` and its own transaction: there is no second rule here.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request, clone_request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit
from accounts.api.serializers import StrictSerializer
from registry_site.lib import problem_details
from servers.api.permissions import GuardedServerViewSet
from servers.api.reviews import ServerVersionViewSet
from servers.api.viewsets import ServerViewSet
from servers.models import LONGEST_NAME, LONGEST_VERSION
from servers.services import StaleWrite

logger = logging.getLogger(__name__)

MOST_ITEMS = 100
_UNFORESEEN = "Something went wrong here; nothing of this change was made."
REFUSED = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What an item does when it stands alone: a method of an address."""

    view: type[GuardedServerViewSet]
    action: str
    method: str
    needs: tuple[str, ...] = ("name",)


OPERATIONS = {
    "register": Operation(view=ServerViewSet, action="create", method="POST", needs=()),
    "update": Operation(view=ServerViewSet, action="partial_update", method="PATCH"),
    "delete": Operation(view=ServerViewSet, action="destroy", method="DELETE"),
    "restore": Operation(view=ServerViewSet, action="restore", method="POST"),
    "enable": Operation(view=ServerViewSet, action="enable", method="POST"),
    "disable": Operation(view=ServerViewSet, action="disable", method="POST"),
    "status": Operation(view=ServerViewSet, action="set_status", method="PATCH"),
    "tag": Operation(view=ServerViewSet, action="retag", method="POST"),
    "approve": Operation(
        view=ServerVersionViewSet, action="approve", method="POST", needs=("name", "version")
    ),
    "reject": Operation(
        view=ServerVersionViewSet, action="reject", method="POST", needs=("name", "version")
    ),
}


class ItemSerializer(StrictSerializer):
    """One change. ``body`` is what the change's own address takes."""

    op = serializers.ChoiceField(sorted(OPERATIONS))
    name = serializers.RegexField(
        r"^[^/]+/[^/]+$",
        max_length=LONGEST_NAME,
        required=False,
        help_text="For all but register.",
    )
    version = serializers.CharField(
        max_length=LONGEST_VERSION, required=False, help_text="For approve and reject."
    )
    if_match = serializers.CharField(
        max_length=200, required=False, help_text='As the header, for instance "7".'
    )
    body = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needs = OPERATIONS[attrs["op"]].needs
        given = attrs.keys() & {"name", "version"}
        errors = dict.fromkeys(set(needs) - given, f"{attrs['op']} needs this.")
        errors |= dict.fromkeys(given - set(needs), f"{attrs['op']} takes none.")
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


class BulkRequestSerializer(StrictSerializer):
    """Changes, in the order in which they are made."""

    items = serializers.ListField(child=ItemSerializer(), min_length=1, max_length=MOST_ITEMS)


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of one change."""

    index = serializers.IntegerField()
    op = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(help_text="What the change's own address would answer.")
    etag = serializers.CharField(allow_null=True, help_text="Of the server after it.")
    error = serializers.DictField(allow_null=True, help_text="The problem details, if any.")


class BulkResponseSerializer(serializers.Serializer[Any]):
    """What became of each change."""

    results = BulkResultSerializer(many=True)


class BulkView(APIView):
    """Changes of many servers, each made or refused by itself."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="Change many servers",
        operation_id="servers_bulk",
        request=BulkRequestSerializer,
        responses=BulkResponseSerializer,
    )
    def post(self, request: Request) -> Response:
        """Up to 100 changes, one after another. 200 says that each has its own answer.

        400: the list itself is wrong, and nothing was changed.
        """
        wanted = BulkRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        items = enumerate(wanted.validated_data["items"])
        return Response({"results": [_result(request, index, item) for index, item in items]})


def _result(request: Request, index: int, item: dict[str, Any]) -> dict[str, Any]:
    answer = _answer(request, item)
    refused = answer.status_code >= HTTPStatus.BAD_REQUEST
    if answer.status_code in REFUSED:
        _note_refusal(item, answer)
    shown = answer.data if isinstance(answer.data, dict) and not refused else {}
    return {
        "index": index,
        "op": item["op"],
        "name": shown.get("name") or item.get("name"),
        "status": answer.status_code,
        "etag": answer.headers.get("ETag"),
        "error": answer.data if refused else None,
    }


def _answer(request: Request, item: dict[str, Any]) -> Response:
    """What the address of the change answers."""
    operation = OPERATIONS[item["op"]]
    kwargs = {name: item[name] for name in operation.needs}
    view = operation.view()
    view.setup(_own_request(request, operation.method, item.get("body", {})), **kwargs)
    view.action, view.if_match = operation.action, item.get("if_match")
    view.format_kwarg, view.headers = None, {}
    try:
        view.check_permissions(view.request)
        answer = getattr(view, operation.action)(view.request, **kwargs)
    except (APIException, Http404, StaleWrite) as error:
        answer = view.handle_exception(error)
    except Exception:
        # What the other changes came to must be told all the same.
        logger.exception("bulk: %s of %s failed", item["op"], item.get("name", "a new server"))
        answer = _failure()
    return cast("Response", answer)


def _failure() -> Response:
    """For what no view foresaw."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return Response(problem_details.problem(status, _UNFORESEEN), status=status)


def _own_request(request: Request, method: str, body: dict[str, Any]) -> Request:
    """``request`` of the same caller, as if it were for one change alone."""
    own: Any = clone_request(request, method)
    own._full_data = own._data = body  # DRF has no public way to give a request its body
    return cast("Request", own)


def _note_refusal(item: dict[str, Any], answer: Response) -> None:
    """In the audit trail, as the middleware does for a request of its own."""
    audit.record_denial(
        action=f"bulk {item['op']}",
        subject=item.get("name", ""),
        detail=str(answer.data["detail"]),
        now=timezone.now(),
    )
