"""What the lists of grants and people can be narrowed by."""

from django.utils import timezone
from django_filters import rest_framework as filters

from accounts.access import LONGEST_PATTERN, Action
from accounts.models import Grant, User
from accounts.querysets import GrantQuerySet
from accounts.services import principal_of

LONGEST_USERNAME = 150
LONGEST_SLUG = 50
YES_OR_NO = [("true", "true"), ("false", "false")]


def _is_true(value: str) -> bool:
    return value == "true"


class GrantFilter(filters.FilterSet):  # type: ignore[misc] # django-filter is untyped
    """Every filter narrows further."""

    user = filters.CharFilter(field_name="user__username", max_length=LONGEST_USERNAME)
    team = filters.CharFilter(field_name="team__slug", max_length=LONGEST_SLUG)
    action = filters.ChoiceFilter(choices=Action.choices)
    pattern = filters.CharFilter(lookup_expr="iexact", max_length=LONGEST_PATTERN)
    mine = filters.TypedChoiceFilter(
        choices=YES_OR_NO,
        coerce=_is_true,
        method="to_the_caller",
        help_text="Only those to the caller and the caller's teams.",
    )
    in_force = filters.TypedChoiceFilter(
        choices=YES_OR_NO,
        coerce=_is_true,
        method="in_force_now",
        help_text="Only those that have not expired.",
    )

    class Meta:
        model = Grant
        fields: list[str] = []

    def to_the_caller(self, grants: GrantQuerySet, name: str, value: bool) -> GrantQuerySet:
        return grants.to(principal_of(self.request)) if value else grants

    def in_force_now(self, grants: GrantQuerySet, name: str, value: bool) -> GrantQuerySet:
        return grants.in_force(timezone.now()) if value else grants


class PersonFilter(filters.FilterSet):  # type: ignore[misc] # as above
    """Every filter narrows further."""

    q = filters.CharFilter(
        field_name="username",
        lookup_expr="icontains",
        max_length=LONGEST_USERNAME,
        help_text="A part of the username.",
    )
    is_active = filters.TypedChoiceFilter(choices=YES_OR_NO, coerce=_is_true)
    is_administrator = filters.TypedChoiceFilter(
        field_name="is_superuser", choices=YES_OR_NO, coerce=_is_true
    )
    team = filters.CharFilter(field_name="memberships__team__slug", max_length=LONGEST_SLUG)

    class Meta:
        model = User
        fields: list[str] = []
