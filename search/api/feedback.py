"""What became of searches, in the REST API: clicks, the caller's own log, the report."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import AdministratorsOnly, ReadersOnly, UnlimitedOnly
from accounts.models import User
from accounts.services import principal_of
from registry_site.lib.query_parameters import parameters_of
from search.models.feedback import LONGEST_TOOL_NAME
from search.services.feedback import is_logged, record_use, set_logged
from search.services.reporting import SearchReport, search_report
from search.targets import NoSuchTarget
from servers.models import LONGEST_NAME

MOST_DAYS = 3_650


class ClickSerializer(serializers.Serializer[Any]):
    """What somebody went on with."""

    search_id = serializers.UUIDField(help_text="As it came with the answer of the search.")
    server = serializers.CharField(max_length=LONGEST_NAME)
    tool = serializers.CharField(
        max_length=LONGEST_TOOL_NAME, default="", allow_blank=True, help_text="Of the server."
    )


class ClicksView(APIView):
    """Tells which result was chosen, so that administrators learn how good search is."""

    permission_classes = [ReadersOnly]

    @extend_schema(
        summary="Say which result was chosen",
        request=ClickSerializer,
        responses={204: None},
        operation_id="search_clicks",
    )
    def post(self, request: Request) -> Response:
        """Twice is once. A search that is not logged, or not any more, is no error."""
        click = ClickSerializer(data=request.data)
        click.is_valid(raise_exception=True)
        try:
            record_use(principal=principal_of(request), **click.validated_data, now=timezone.now())
        except NoSuchTarget as error:
            raise NotFound from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class SearchLogSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(help_text="Whether your searches may be logged.")


class MySearchLogView(APIView):
    """Whether the caller's own searches are logged."""

    permission_classes = [UnlimitedOnly]

    @extend_schema(
        summary="Are my searches logged",
        responses=SearchLogSerializer,
        operation_id="me_search_log_retrieve",
    )
    def get(self, request: Request) -> Response:
        """As far as the registry logs any (`ROLLCALL_SEARCH_LOG`)."""
        return self._answer(request)

    @extend_schema(
        summary="Let my searches be logged, or not",
        request=SearchLogSerializer,
        responses=SearchLogSerializer,
        operation_id="me_search_log_update",
    )
    def put(self, request: Request) -> Response:
        """`false` also erases what was logged of them."""
        wanted = SearchLogSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = cast("User", request.user)
        set_logged(user=user, log=wanted.validated_data["enabled"], now=timezone.now())
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        return Response({"enabled": is_logged(cast("User", request.user))})


class CountedSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    total = serializers.IntegerField()


class RankUseSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField()
    total = serializers.IntegerField()
    share = serializers.FloatField()


class UsedToolSerializer(serializers.Serializer[Any]):
    server = serializers.CharField()
    tool = serializers.CharField()
    total = serializers.IntegerField()


class SearchReportSerializer(serializers.Serializer[SearchReport]):
    """Shares are 0 to 1. Queries appear as far as their text is kept."""

    since = serializers.DateTimeField()
    searches = serializers.IntegerField()
    without_result = serializers.FloatField(help_text="The share of searches.")
    degraded = serializers.FloatField(help_text="The same.")
    duration_p50 = serializers.FloatField(allow_null=True, help_text="Milliseconds.")
    duration_p95 = serializers.FloatField(allow_null=True, help_text="Milliseconds.")
    clicks = serializers.IntegerField(help_text="Results that somebody opened.")
    calls = serializers.IntegerField(help_text="Results that an agent asked for.")
    used_first = serializers.FloatField(help_text="Of the results used, those that stood first.")
    used_by_rank = RankUseSerializer(many=True)
    queries_without_result = CountedSerializer(many=True)
    queries_without_use = CountedSerializer(many=True)
    most_used_tools = UsedToolSerializer(many=True)


class ReportParameters(serializers.Serializer[Any]):
    """What the report may be asked for."""

    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=30)


class SearchReportView(APIView):
    """How search does, for administrators."""

    permission_classes = [AdministratorsOnly]

    @extend_schema(
        summary="How search does",
        parameters=[ReportParameters],
        responses=SearchReportSerializer,
        operation_id="search_report",
    )
    def get(self, request: Request) -> Response:
        """What was searched, what was not found and what of it was used."""
        asked = parameters_of(request, ReportParameters)
        report = search_report(days=asked["days"], now=timezone.now())
        return Response(SearchReportSerializer(report).data)
