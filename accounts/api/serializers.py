"""The shape of accounts in the REST API. No token is readable after it was made."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken

LONGEST_LIFETIME_DAYS = 3650


class MeSerializer(serializers.Serializer[Any]):
    """Who the caller is and what the caller may do."""

    username = serializers.CharField()
    is_staff = serializers.BooleanField()
    permissions = serializers.ListField(
        child=serializers.CharField(), help_text="For instance servers.add_server."
    )


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token as its owner sees it in a list."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    starts_with = serializers.CharField(source="token_key", read_only=True)
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "starts_with", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class CreatedTokenSerializer(ApiTokenSerializer):
    """A token in the answer that made it: the one time it is shown in clear."""

    token = serializers.SerializerMethodField(help_text="Shown now and never again.")

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "token"]
        read_only_fields = fields

    def get_token(self, token: ApiToken) -> str:
        return str(self.context["clear"])


class TokenRequestSerializer(serializers.Serializer[Any]):
    """What a caller says of the token to be made."""

    name = serializers.CharField(max_length=100, help_text="What the token is for.")
    lifetime_days = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_LIFETIME_DAYS,
        required=False,
        allow_null=True,
        help_text="Days until the token expires; never, when left out.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuses what it does not know: a misspelt lifetime would make a token for ever."""
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(
                {name: [f"{name} is not a known field."] for name in unknown}
            )
        return attrs

    def lifetime(self) -> timedelta | None:
        """The lifetime that was asked for, ``None`` for a token that never expires."""
        days = self.validated_data.get("lifetime_days")
        return timedelta(days=days) if days else None
