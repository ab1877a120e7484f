"""Search in the REST API."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.permissions import AdministratorsOnly, ReadAllowed
from accounts.services import principal_of
from search import services
from search.api.serializers import (
    KINDS_OF_TYPE,
    SearchAnswerSerializer,
    SearchParameters,
    SearchStatusSerializer,
)


class SearchViewSet(ViewSet):
    """Servers and tools by what they do, in the caller's own words."""

    permission_classes = [ReadAllowed]

    @extend_schema(
        summary="Search servers and tools",
        parameters=[SearchParameters],
        responses=SearchAnswerSerializer,
        operation_id="search",
    )
    def list(self, request: Request) -> Response:
        """What fits best comes first. `degraded` answers come by words alone, and say why."""
        parameters = SearchParameters(data=request.query_params)
        parameters.is_valid(raise_exception=True)
        asked = parameters.validated_data
        try:
            answer = services.search(
                principal=principal_of(request),
                query=asked["q"],
                limit=asked["limit"],
                kinds=KINDS_OF_TYPE[asked["type"]],
            )
        except (services.EmptyQuery, services.QueryTooLong) as error:
            raise ValidationError({"q": str(error)}) from error
        return Response(SearchAnswerSerializer(answer).data)

    @extend_schema(
        summary="How search stands",
        responses=SearchStatusSerializer,
        operation_id="search_status",
    )
    @action(detail=False, permission_classes=[AdministratorsOnly])
    def status(self, request: Request) -> Response:
        """The index, its model, and how many servers are still to be indexed."""
        return Response(SearchStatusSerializer(services.search_status(now=timezone.now())).data)
