"""What the list of servers can be narrowed by and ordered by."""

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError

from accounts.api.filters import LONGEST_USERNAME
from accounts.services import principal_of
from servers.access import Visibility
from servers.models import LONGEST_NAME, HealthState, Server, Transport
from servers.querysets import ServerQuerySet
from servers.services import (
    LONGEST_CATEGORY,
    LONGEST_LABEL,
    LONGEST_LABEL_KEY,
    LONGEST_TAG,
    InvalidLabels,
    check_label_key,
)

# Each word is a condition of its own, and a database bears only so many.
LONGEST_QUERY = 200
LONGEST_SLUG = 50


class StableOrderingFilter(filters.OrderingFilter):  # type: ignore[misc] # django-filter is untyped
    """By one column, equal rows by name in the same direction: as pages are cut by keyset."""

    def filter(self, queryset: QuerySet[Server], value: list[str] | None) -> QuerySet[Server]:
        if not value:
            return queryset
        if len(value) > 1:
            raise ValidationError({"ordering": ["Say one column."]})
        direction = "-" if value[0].startswith("-") else ""
        ordered: QuerySet[Server] = super().filter(queryset, value)
        return ordered.order_by(*dict.fromkeys([*ordered.query.order_by, f"{direction}name"]))


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
    deleted = filters.TypedChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        method="chosen_by_the_view",
        help_text="Those that are deleted and you may restore, instead of those that are there.",
    )
    label = filters.CharFilter(
        method="labelled",
        max_length=LONGEST_LABEL_KEY + 1 + LONGEST_LABEL,
        help_text="`key:value`, or a key whatever its value.",
    )
    owner = filters.CharFilter(
        method="owned_by", max_length=LONGEST_USERNAME, help_text="For those who are signed in."
    )
    successor = filters.CharFilter(method="followed_by", max_length=LONGEST_NAME)
    ordering = StableOrderingFilter(fields=["name", "created_at", "updated_at", "health_state"])

    class Meta:
        model = Server
        fields: list[str] = []

    def chosen_by_the_view(
        self, queryset: ServerQuerySet, name: str, value: str
    ) -> QuerySet[Server]:
        return queryset  # which rows there are at all is no filter

    def labelled(self, queryset: ServerQuerySet, name: str, value: str) -> QuerySet[Server]:
        try:
            check_label_key(value.partition(":")[0])
        except InvalidLabels as error:
            raise ValidationError({name: [str(error)]}) from error
        return queryset.labelled(value)

    def owned_by(self, queryset: ServerQuerySet, name: str, value: str) -> QuerySet[Server]:
        return queryset.owned_by(value, principal_of(self.request))

    def followed_by(self, queryset: ServerQuerySet, name: str, value: str) -> QuerySet[Server]:
        seen = Server.objects.visible_to(principal_of(self.request))
        return queryset.filter(successor__in=seen.filter(name_key=value.lower()))

    def containing(self, queryset: ServerQuerySet, name: str, value: str) -> QuerySet[Server]:
        for word in set(value.split()):
            queryset = queryset.filter(
                Q(name__icontains=word) | Q(title__icontains=word) | Q(description__icontains=word)
            )
        return queryset
