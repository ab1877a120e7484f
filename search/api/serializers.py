"""The search API's parameters and answers."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from registry_site.lib.query_parameters import refuse_unknown_parameters
from search.matches import Kind, Reason
from search.services import SearchResult

KINDS_OF_TYPE = {"all": tuple(Kind), "servers": (Kind.SERVER,), "tools": (Kind.TOOL,)}


class SearchParameters(serializers.Serializer[Any]):
    """What a search may be asked; anything else is refused."""

    q = serializers.CharField(
        default="", allow_blank=True, help_text="What to look for, in your own words."
    )
    type = serializers.ChoiceField(list(KINDS_OF_TYPE), default="all")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown_parameters(self.initial_data, self.fields)
        return attrs


class SearchResultSerializer(serializers.Serializer[SearchResult]):
    type = serializers.ChoiceField([kind.value for kind in Kind])
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    server = serializers.CharField(help_text="The server's name; for a tool that of its server.")
    score = serializers.FloatField(
        help_text="0 to 1: the cosine of query and text (match `meaning`), the part of the name "
        "that the query spells (`name`), the part of the query's words that occur (`words`)."
    )
    match = serializers.ChoiceField([reason.value for reason in Reason])
    health = serializers.CharField(help_text="The server's health state.")
    url = serializers.SerializerMethodField(help_text="Where the server is in this API.")

    @extend_schema_field(serializers.CharField())
    def get_url(self, result: SearchResult) -> str:
        return reverse("server-detail", kwargs={"name": result.server})


@extend_schema_serializer(many=False)
class SearchAnswerSerializer(serializers.Serializer[Any]):
    query = serializers.CharField()
    degraded = serializers.BooleanField(help_text="Whether only words were compared.")
    reason = serializers.CharField(help_text="Why the answer is degraded; else empty.")
    count = serializers.IntegerField()
    results = SearchResultSerializer(many=True)


class SearchStatusSerializer(serializers.Serializer[Any]):
    degraded = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why searches are degraded; else empty.")
    model = serializers.CharField(help_text="The embedding model and the digest of its content.")
    index_version = serializers.CharField(help_text="Empty while no index can be used.")
    published_at = serializers.DateTimeField(allow_null=True)
    entries = serializers.IntegerField(help_text="Texts that can be found.")
    servers = serializers.IntegerField()
    due_servers = serializers.IntegerField(help_text="Servers whose last change is not followed.")
    failed_servers = serializers.IntegerField(help_text="Servers set aside after failing often.")
    refreshing = serializers.BooleanField()
    servers_total = serializers.IntegerField(help_text="To do in this refresh, or the last one.")
    servers_done = serializers.IntegerField(help_text="Done of them.")
