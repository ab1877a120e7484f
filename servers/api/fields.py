"""The fields of a body by which people keep house: labels, tags, aliases, successor and owner."""

from typing import Any, cast

from django.core.validators import URLValidator
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.services import Principal
from servers.documents.links import LONGEST_URL
from servers.models import LONGEST_NAME, Server
from servers.services import (
    LONGEST_ALIAS,
    LONGEST_TAG,
    MOST_ALIASES,
    MOST_TAGS,
    InvalidAlias,
    InvalidLabels,
    alias,
    check_labels,
)


class PageUrlField(serializers.CharField):
    """The address of a page that a browser opens: http or https."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_URL, **options)
        self.validators.append(URLValidator(schemes=["http", "https"]))


class LabelsField(serializers.DictField):
    """An object of short texts."""

    child = serializers.CharField(allow_blank=True, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        labels: dict[str, str] = super().to_internal_value(data)
        try:
            check_labels(labels)
        except InvalidLabels as error:
            raise serializers.ValidationError(str(error)) from error
        return labels


class AliasField(serializers.CharField):
    """Another word for a server."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_ALIAS, **options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return alias(super().to_internal_value(data))
        except InvalidAlias as error:
            raise serializers.ValidationError(str(error)) from error


class AliasesField(serializers.ListField):
    """The other words for a server, all of them."""

    child = AliasField()

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_ALIASES, **options)


class TagsField(serializers.ListField):
    """Some tags."""

    child = serializers.CharField(max_length=LONGEST_TAG)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_TAGS, **options)


@extend_schema_field(OpenApiTypes.STR)
class SuccessorField(serializers.SlugRelatedField[Server]):
    """The name of a server that the caller sees; its serializer's context holds ``principal``."""

    default_error_messages = {
        "does_not_exist": "There is no server named {value!r}.",
        "max_length": f"The name of a server has at most {LONGEST_NAME} characters.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="name", queryset=Server.objects.none(), **options)

    def to_internal_value(self, data: Any) -> Server:
        if not isinstance(data, str):
            self.fail("invalid")
        if len(data) > LONGEST_NAME:
            self.fail("max_length")
        named = self.get_queryset().filter(name_key=data.lower()).first()
        if named is None:
            self.fail("does_not_exist", value=data)
        return named

    def get_queryset(self) -> QuerySet[Server]:
        principal = _principal_of(self)
        return Server.objects.visible_to(principal) if principal else Server.objects.none()


@extend_schema_field(OpenApiTypes.STR)
class OwnerField(serializers.SlugRelatedField[User]):
    """The username of somebody the caller knows: a member of a team of the caller's.

    Administrators know everybody. Its serializer's context holds ``principal``.
    """

    default_error_messages = {"does_not_exist": "You know nobody named {value!r}."}

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="username", queryset=User.objects.none(), **options)

    def get_queryset(self) -> QuerySet[User]:
        principal = _principal_of(self)
        if principal is None:
            return User.objects.none()
        people = User.objects.filter(is_active=True)
        if principal.is_administrator and principal.is_unlimited:
            return people
        return people.filter(memberships__team__in=list(principal.roles)).distinct()


def _principal_of(field: serializers.Field[Any, Any, Any, Any]) -> Principal | None:
    return cast("Principal | None", field.context.get("principal"))
