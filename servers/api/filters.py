"""What the list of servers can be narrowed by and ordered by."""

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from servers.access import Visibility
from servers.models import HealthState, Server, Transport
from servers.querysets import ServerQuerySet
from servers.services import LONGEST_CATEGORY, LONGEST_TAG

# Each word is a condition of its own, and a database bears only so many.
LONGEST_QUERY = 200
LONGEST_SLUG = 50


class StableOrderingFilter(filters.OrderingFilter):  # type: ignore[misc] # django-filter is untyped
    """Equal rows by name, so that no row is on two pages and none on no page."""

    def filter(self, queryset: QuerySet[Server], value: list[str] | None) -> QuerySet[Server]:
        ordered: QuerySet[Server] = super().filter(queryset, value)
        return ordered.order_by(*ordered.query.order_by, "name") if value else ordered


class ServerFilter(filters.FilterSet):  # type: ignore[misc] # as above
    """Every filter narrows further; an unknown value of a closed list is answered 400."""

    q = filters.CharFilter(
        method="containing",
        max_length=LONGEST_QUERY,
        help_text="Words in the name, title or description.",
    )
    tag = filters.CharFilter(field_name="tags__name", lookup_expr="iexact", max_length=LONGEST_TAG)
    category = filters.CharFilter(lookup_expr="iexact", max_length=LONGEST_CATEGORY)
    team = filters.CharFilter(field_name="team__slug", max_length=LONGEST_SLUG)
    visibility = filters.ChoiceFilter(choices=Visibility.choices)
    health = filters.ChoiceFilter(field_name="health_state", choices=HealthState.choices)
    transport = filters.ChoiceFilter(choices=[c for c in Transport.choices if c[0]])
    enabled = filters.TypedChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda value: value == "true",
        help_text="Disabled servers are there only for those who may edit them.",
    )
    ordering = StableOrderingFilter(
        fields=["name", "created_at", "updated_at", "health_state", "tool_count"]
    )

    class Meta:
        model = Server
        fields: list[str] = []

    def containing(self, queryset: ServerQuerySet, name: str, value: str) -> QuerySet[Server]:
        for word in set(value.split()):
            queryset = queryset.filter(
                Q(name__icontains=word) | Q(title__icontains=word) | Q(description__icontains=word)
            )
        return queryset
