"""Fields that several apps' bodies share."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import Team


class TeamField(serializers.SlugRelatedField[Team]):
    """The slug of a team that the caller belongs to; other teams answer like ones that are not.

    Its serializer's context holds the ``principal``.
    """

    default_error_messages = {"does_not_exist": "You belong to no team {value!r}."}

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="slug", queryset=Team.objects.none(), **options)

    def get_queryset(self) -> QuerySet[Team]:
        principal = self.context.get("principal")
        return Team.objects.visible_to(principal) if principal else Team.objects.none()
