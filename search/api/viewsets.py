"""Search in the REST API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.permissions import AdministratorsOnly, ReadersOnly
from accounts.services import principal_of
from search import services
from search.answers import plain
from search.api.serializers import (
    SearchAnswerSerializer,
    SearchParameters,
    SearchStatusSerializer,
)
from search.filters import InvalidFilter
from search.models import Surface

# One for all requests: DRF would copy every field for each of them, which takes longer than the
# search. Validating keeps nothing in the serializer.
PARAMETERS = SearchParameters()


class SearchViewSet(ViewSet):
    """Servers and tools by what they do, in the caller's own words."""

    permission_classes = [ReadersOnly]

    @extend_schema(
        summary="Search servers and tools",
        parameters=[SearchParameters],
        responses=SearchAnswerSerializer,
        operation_id="search",
    )
    def list(self, request: Request) -> Response:
        """What fits best comes first. `degraded` answers come by words alone, and say why."""
        return self._answer(request, request.query_params)

    @extend_schema(
        summary="Search servers and tools, asked in a body",
        request=SearchParameters,
        responses=SearchAnswerSerializer,
        operation_id="search_by_body",
    )
    def create(self, request: Request) -> Response:
        """The same as `GET`, for requests that are long or nobody else's business in a log."""
        return self._answer(request, request.data)

    def _answer(self, request: Request, given: Any) -> Response:
        asked = PARAMETERS.asked(given)
        try:
            answer = services.logged_search(
                principal=principal_of(request),
                surface=Surface.API,
                now=timezone.now(),
                **asked,
            )
        except (services.EmptyQuery, services.QueryTooLong) as error:
            raise ValidationError({"q": str(error)}) from error
        except InvalidFilter as error:
            raise ValidationError({error.name: str(error)}) from error
        return Response(plain(answer))

    @extend_schema(
        summary="How search stands",
        responses=SearchStatusSerializer,
        operation_id="search_status",
    )
    @action(detail=False, permission_classes=[AdministratorsOnly])
    def status(self, request: Request) -> Response:
        """The index, its model, and how many servers are still to be indexed."""
        return Response(SearchStatusSerializer(services.search_status(now=timezone.now())).data)
