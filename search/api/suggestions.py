"""Suggestions while typing, and what is similar, in the REST API."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import ReadAllowed
from accounts.services import principal_of
from registry_site.lib.query_parameters import parameters_of
from search.matches import Kind
from search.models.feedback import LONGEST_TOOL_NAME
from search.results import address_of
from search.services.similar import SimilarResult, similar
from search.services.suggesting import suggest
from search.suggestions import Sort
from search.targets import NoSuchTarget

SORTS_OF_TYPE = {"all": tuple(Sort), "servers": (Sort.SERVER,), "tools": (Sort.TOOL,)}
KIND_NAMES = [kind.value for kind in Kind]
SORT_NAMES = [sort.name.lower() for sort in Sort]
LONGEST_TYPED = 100


class SuggestParameters(serializers.Serializer[Any]):
    """What suggestions may be asked for; anything else is refused."""

    q = serializers.CharField(max_length=LONGEST_TYPED, help_text="What is typed so far.")
    limit = serializers.IntegerField(min_value=1, max_value=20, default=8)
    type = serializers.ChoiceField(
        list(SORTS_OF_TYPE), default="all", help_text="With `all`, categories and tags too."
    )


class SuggestionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="A name, title, category or tag.")
    type = serializers.ChoiceField(SORT_NAMES)
    servers = serializers.IntegerField(help_text="How many servers have it.")


class SuggestAnswerSerializer(serializers.Serializer[Any]):
    query = serializers.CharField()
    degraded = serializers.BooleanField(help_text="Whether titles were left out: no index.")
    suggestions = SuggestionSerializer(many=True)


class SuggestView(APIView):
    """What begins with what is typed."""

    permission_classes = [ReadAllowed]

    @extend_schema(
        summary="Suggest while typing",
        parameters=[SuggestParameters],
        responses=SuggestAnswerSerializer,
        operation_id="suggest",
    )
    def get(self, request: Request) -> Response:
        """What is called exactly so comes first, then what most servers have."""
        asked = parameters_of(request, SuggestParameters)
        answer = suggest(
            principal=principal_of(request),
            typed=asked["q"],
            limit=asked["limit"],
            sorts=SORTS_OF_TYPE[asked["type"]],
        )
        return Response(SuggestAnswerSerializer(answer).data)


class SimilarParameters(serializers.Serializer[Any]):
    """What similar servers or tools may be asked for."""

    tool = serializers.CharField(
        default="", max_length=LONGEST_TOOL_NAME, help_text="Tools like this one of the server."
    )
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)


class SimilarResultSerializer(serializers.Serializer[SimilarResult]):
    type = serializers.ChoiceField(KIND_NAMES)
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    server = serializers.CharField(help_text="The server's name; for a tool that of its server.")
    score = serializers.FloatField(help_text="The cosine of the two vectors, -1 to 1.")
    url = serializers.SerializerMethodField(help_text="Where the server is in this API.")

    @extend_schema_field(serializers.CharField())
    def get_url(self, result: SimilarResult) -> str:
        return address_of(result.server)


class SimilarAnswerSerializer(serializers.Serializer[Any]):
    degraded = serializers.BooleanField(help_text="Whether nothing could be compared.")
    reason = serializers.CharField(help_text="Why; else empty.")
    results = SimilarResultSerializer(many=True)


class SimilarView(APIView):
    """What resembles a server or a tool."""

    permission_classes = [ReadAllowed]

    # A parameter, not an address below the tool's: a tool may be called `x/similar`.
    @extend_schema(
        summary="Similar servers or tools",
        parameters=[SimilarParameters],
        responses=SimilarAnswerSerializer,
        operation_id="similar",
    )
    def get(self, request: Request, name: str) -> Response:
        """Servers like this one or, with `tool`, tools of other servers like that one."""
        asked = parameters_of(request, SimilarParameters)
        try:
            answer = similar(principal=principal_of(request), server=name, **asked)
        except NoSuchTarget as error:
            raise NotFound from error
        return Response(SimilarAnswerSerializer(answer).data)
