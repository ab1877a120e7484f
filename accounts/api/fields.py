"""Fields that several apps' bodies share."""

from typing import Any, NoReturn, cast

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import Team
from accounts.principals import Principal


class ListedChoiceField(serializers.ChoiceField):
    """A choice whose refusal says what there is to choose from."""

    def fail(self, key: str, **details: Any) -> NoReturn:
        if key == "invalid_choice":
            listed = ", ".join(map(str, self.choices))
            raise serializers.ValidationError(
                f'"{details["input"]}" is none of: {listed}.', code="invalid_choice"
            )
        super().fail(key, **details)


class TeamField(serializers.SlugRelatedField[Team]):
    """The slug of a team that the caller belongs to; other teams answer like ones that are not.

    Its serializer's context holds the ``principal``.
    """

    default_error_messages = {
        "does_not_exist": "You belong to no team {value!r}.",
        "absent": "There is no team {value!r}.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="slug", queryset=Team.objects.none(), **options)

    def get_queryset(self) -> QuerySet[Team]:
        principal = self._principal
        return Team.objects.visible_to(principal) if principal else Team.objects.none()

    def fail(self, key: str, **details: Any) -> NoReturn:
        """An administrator belongs to every team: one that is not found is not there."""
        asker = self._principal
        knows_all = asker is not None and asker.is_administrator and asker.is_unlimited
        super().fail("absent" if knows_all and key == "does_not_exist" else key, **details)

    @property
    def _principal(self) -> Principal | None:
        return cast("Principal | None", self.context.get("principal"))
