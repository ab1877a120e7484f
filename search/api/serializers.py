"""The search API's parameters and answers."""

from dataclasses import fields
from math import isfinite
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from registry_site.lib.query_parameters import refuse_unknown_parameters
from search.answers import SearchResult
from search.filters import LONGEST, Filters
from search.matches import Kind, Reason
from search.ranking import MOST_FOUND
from search.results import Shown
from servers.models import LONGEST_NAME, HealthState, Status, Transport

KINDS_OF_TYPE = {"all": tuple(Kind), "servers": (Kind.SERVER,), "tools": (Kind.TOOL,)}
MOST_RESULTS = 50


class FilterParameters(serializers.Serializer[Any]):
    """What results can be narrowed by; each narrows further."""

    tag = serializers.CharField(required=False, max_length=LONGEST["tag"])
    label = serializers.CharField(  # type: ignore[assignment] # the field is no attribute later
        required=False,
        max_length=LONGEST["label"],
        help_text="`key:value`, or a key whatever its value.",
    )
    category = serializers.CharField(required=False, max_length=LONGEST["category"])
    transport = serializers.ChoiceField([c for c in Transport.choices if c[0]], required=False)
    package_type = serializers.CharField(
        required=False,
        max_length=LONGEST["package_type"],
        help_text="Such as `npm`, `pypi`, `oci`.",
    )
    health = serializers.ChoiceField(HealthState.choices, required=False)
    owner = serializers.CharField(
        required=False,
        max_length=LONGEST["owner"],
        help_text="Who registered it; for those signed in.",
    )
    status = serializers.ChoiceField(Status.choices, required=False)
    server = serializers.CharField(
        required=False, max_length=LONGEST_NAME, help_text="The server of this name, and its tools."
    )
    has_tool = serializers.CharField(
        required=False,
        max_length=LONGEST["has_tool"],
        help_text="Servers that have a tool of this name.",
    )
    read_only = serializers.BooleanField(  # type: ignore[assignment] # the same
        required=False, allow_null=True, help_text="Tools by their `readOnlyHint`."
    )
    destructive = serializers.BooleanField(
        required=False, allow_null=True, help_text="Tools by their `destructiveHint`."
    )


class SearchParameters(FilterParameters):
    """What a search may be asked; anything else is refused."""

    q = serializers.CharField(
        default="", allow_blank=True, help_text="What to look for, in your own words."
    )
    type = serializers.ChoiceField(list(KINDS_OF_TYPE), default="all")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=10)
    offset = serializers.IntegerField(min_value=0, max_value=MOST_FOUND, default=0)
    min_score = serializers.FloatField(
        min_value=0, max_value=1, default=0.0, help_text="Leave out what is less likely."
    )
    schema = serializers.BooleanField(
        default=False, help_text="Give the input schema of each tool."
    )
    explain = serializers.BooleanField(default=False, help_text="Say what each score is made of.")
    facets = serializers.BooleanField(
        default=False, help_text="Count by what the results could be narrowed."
    )

    def validate_min_score(self, value: float) -> float:
        if not isfinite(value):
            raise serializers.ValidationError("This is no number between 0 and 1.")
        return value

    def asked(self, given: Any) -> dict[str, Any]:
        """What was asked, in the words of ``services.search``. Raises ``ValidationError``."""
        said = self.run_validation(given)
        refuse_unknown_parameters(given, self.fields)
        chosen = {each.name: said[each.name] for each in fields(Filters) if each.name in said}
        return {
            "query": said["q"],
            "kinds": KINDS_OF_TYPE[said["type"]],
            "filters": Filters(**chosen),
            "shown": Shown(schemas=said["schema"], explanations=said["explain"]),
            **{name: said[name] for name in ("limit", "offset", "min_score", "facets")},
        }


class SnippetSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    highlights = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="Where the words of the query stand: first character, one after the last.",
    )


@extend_schema_serializer(component_name="SearchExplanation")
class ExplanationSerializer(serializers.Serializer[Any]):
    cosine = serializers.FloatField(
        allow_null=True, help_text="Of the vectors of query and text, -1 to 1."
    )
    coverage = serializers.FloatField(
        help_text="The share of the query's words, by weight, that the text says: 0 to 1."
    )
    relevance = serializers.FloatField(help_text="Both together; the score is read from it.")
    words = serializers.DictField(
        child=serializers.FloatField(), help_text="The query's words and their weights."
    )
    by_tool = serializers.CharField(help_text="The tool that makes a server as relevant as it is.")


class SearchResultSerializer(serializers.Serializer[SearchResult]):
    type = serializers.ChoiceField([kind.value for kind in Kind])
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    server = serializers.CharField(help_text="The server's name; for a tool that of its server.")
    score = serializers.FloatField(
        help_text="0 to 1: how likely this is what was asked for. Comparable between queries; 1 is "
        "called exactly so. In a degraded answer the share of the query's words that it says."
    )
    match = serializers.ChoiceField([reason.value for reason in Reason])
    health = serializers.CharField(help_text="The server's health state.")
    health_label = serializers.CharField(help_text="The same in words.")
    url = serializers.CharField(help_text="Where the server is in this API.")
    snippet = SnippetSerializer(help_text="The sentence that says most of the query's words.")
    input_schema = serializers.DictField(
        allow_null=True, help_text="Of the tool's arguments; with `schema=true`."
    )
    explanation = ExplanationSerializer(allow_null=True, help_text="With `explain=true`.")


class FacetSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # the same
    total = serializers.IntegerField()


@extend_schema_serializer(many=False)
class SearchAnswerSerializer(serializers.Serializer[Any]):
    search_id = serializers.UUIDField(help_text="To say what was chosen of it: /api/search/clicks.")
    query = serializers.CharField()
    degraded = serializers.BooleanField(help_text="Whether only words were compared.")
    reason = serializers.CharField(help_text="Why the answer is degraded; else empty.")
    count = serializers.IntegerField(help_text=f"How many were found, {MOST_FOUND} at most.")
    offset = serializers.IntegerField()
    did_you_mean = serializers.CharField(help_text="The query as it was probably meant, or empty.")
    results = SearchResultSerializer(many=True)
    facets = serializers.DictField(
        child=FacetSerializer(many=True), allow_null=True, help_text="With `facets=true`."
    )


class SearchStatusSerializer(serializers.Serializer[Any]):
    degraded = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why searches are degraded; else empty.")
    model = serializers.CharField(help_text="The model of the index and the digest of its content.")
    next_model = serializers.CharField(
        help_text="The configured model, while vectors are still being made with it; else empty."
    )
    index_version = serializers.CharField(help_text="Empty while no index can be used.")
    published_at = serializers.DateTimeField(allow_null=True)
    entries = serializers.IntegerField(help_text="Texts that can be found.")
    servers = serializers.IntegerField()
    due_servers = serializers.IntegerField(help_text="Servers whose last change is not followed.")
    failed_servers = serializers.IntegerField(help_text="Servers set aside after failing often.")
    refreshing = serializers.BooleanField()
    servers_total = serializers.IntegerField(help_text="To do in this refresh, or the last one.")
    servers_done = serializers.IntegerField(help_text="Done of them.")
