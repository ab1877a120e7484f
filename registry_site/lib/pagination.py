"""How every list of the REST API is cut into pages.

A list that stays small is cut by ``Pagination``, which counts it. One that grows with the catalogue
or with time is cut by ``KeysetPagination``, which costs the same however long it becomes.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination, LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from registry_site.lib.keyset import InvalidCursor, Page, page_of

# The largest number every database accepts in OFFSET.
LARGEST_OFFSET = 2**31 - 1
ENTRIES, MOST_ENTRIES = 50, 200


class Pagination(LimitOffsetPagination):
    """``?limit=`` (1 to 200, 50 unless told) and ``?offset=``; answers ``count`` and links.

    A greater limit is answered with 200 entries and a link to the next; what is no number at
    all is refused rather than taken for the default, as the stock class would.
    """

    default_limit = ENTRIES
    max_limit = MOST_ENTRIES
    query_parameters = ("limit", "offset")

    def get_limit(self, request: Request) -> int:
        return _limit(request)

    def get_offset(self, request: Request) -> int:
        offset = _whole_number(request, self.offset_query_param, least=0)
        return min(offset or 0, LARGEST_OFFSET)


class KeysetPagination(BasePagination):
    """``?limit=`` as above and ``?cursor=``, as the links to the neighbours have it.

    ``?count=true`` adds ``count``: all entries of the list, which are counted one by one.
    """

    query_parameters = ("limit", "cursor", "count")
    _counting: ClassVar = {"true": True, "false": False}

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        rows = cast("QuerySet[Any]", queryset)  # nothing else has a keyset
        self._address = request.build_absolute_uri()
        limit, cursor = _limit(request), request.query_params.get("cursor")
        self._count = rows.count() if self._is_counted(request) else None
        try:
            self._page: Page[Any] = page_of(rows, limit=limit, cursor=cursor)
        except InvalidCursor as error:
            raise ValidationError({"cursor": [str(error)]}) from error
        return self._page.rows

    def get_paginated_response(self, data: Any) -> Response:
        counted = {} if self._count is None else {"count": self._count}
        links = {"next": self._link(self._page.next), "previous": self._link(self._page.previous)}
        return Response(counted | links | {"results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        counted = {"type": "integer", "description": "Only with `count=true`."}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"count": counted, "next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        most = f"Entries in the answer, {MOST_ENTRIES} at most; {ENTRIES} if left out."
        return [
            _parameter("limit", most, {"type": "integer", "minimum": 1}),
            _parameter("cursor", "Where to go on, as `next` has it.", {"type": "string"}),
            _parameter("count", "Whether to count all entries.", {"type": "boolean"}),
        ]

    def _is_counted(self, request: Request) -> bool:
        """Raises ``ValidationError``."""
        text = request.query_params.get("count", "false")
        if text not in self._counting:
            raise ValidationError({"count": ["Must be true or false."]})
        return bool(self._counting[text])

    def _link(self, cursor: str | None) -> str | None:
        return cursor and replace_query_param(self._address, "cursor", cursor)


def _limit(request: Request) -> int:
    return min(_whole_number(request, "limit", least=1) or ENTRIES, MOST_ENTRIES)


def _whole_number(request: Request, name: str, *, least: int) -> int | None:
    """The query parameter ``name``, or ``None`` when it is absent. Raises ``ValidationError``."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ValidationError({name: [f"Must be a whole number from {least} on."]})
    return number


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
