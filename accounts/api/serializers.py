"""The shape of accounts in the REST API. No token is readable after it was made."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from rest_framework import serializers

from accounts.access import LONGEST_PATTERN, Action, InvalidScope, Role, parse_scopes
from accounts.json_web_tokens import DEFAULT_LIFETIME
from accounts.models import ApiToken, Grant, Membership, Team, User
from accounts.services import DEFAULT_OVERLAP, LONGEST_LIFETIME_DAYS, LONGEST_OVERLAP
from accounts.signing_keys import LONGEST_LIFETIME

MOST_SCOPES = 50
LONGEST_SCOPE = LONGEST_PATTERN + 20
MINUTE = timedelta(minutes=1)


class StrictSerializer(serializers.Serializer[Any]):
    """What a caller sends. A field that is not known is refused: misspelt, it would be missed.

    It is named together with whatever else is wrong.
    """

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        errors = {name: [f"{name} is not a known field."] for name in unknown}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from error  # type: ignore[dict-item] # a dict, of a serializer
        if errors:
            raise serializers.ValidationError(errors)
        return values


# --- Me ----------------------------------------------------------------------------------------


class MyTeamSerializer(serializers.ModelSerializer[Membership]):
    """A team the caller is a member of."""

    slug = serializers.CharField(source="team.slug")
    name = serializers.CharField(source="team.name")

    class Meta:
        model = Membership
        fields = ["slug", "name", "role"]
        read_only_fields = fields


class MeSerializer(serializers.Serializer[Any]):
    """Who the caller is, and what the credentials in use are limited to."""

    username = serializers.CharField()
    is_administrator = serializers.BooleanField()
    teams = MyTeamSerializer(many=True)
    scopes = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="What the credentials are good for; null: all that the account may do.",
    )


# --- Tokens ------------------------------------------------------------------------------------


class ScopesField(serializers.ListField):
    """Scopes as texts, in their one spelling."""

    child = serializers.CharField(max_length=LONGEST_SCOPE)

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            allow_null=True,
            allow_empty=False,
            max_length=MOST_SCOPES,
            help_text='For instance ["view", "call:com.example/*"]; null: all you may do.',
            **options,
        )

    def to_internal_value(self, data: Any) -> list[str]:
        texts: Iterable[str] = super().to_internal_value(data)
        try:
            return [str(scope) for scope in parse_scopes(texts)]
        except InvalidScope as error:
            raise serializers.ValidationError(str(error)) from error


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token as its owner sees it in a list."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    starts_with = serializers.CharField(source="token_key", read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "name",
            "starts_with",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "last_used_from",
        ]
        read_only_fields = fields


class CreatedTokenSerializer(ApiTokenSerializer):
    """A token in the answer that made it: the one time it is shown in clear."""

    token = serializers.SerializerMethodField(help_text="Shown now and never again.")

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "token"]
        read_only_fields = fields

    def get_token(self, token: ApiToken) -> str:
        return str(self.context["clear"])


class TokenRequestSerializer(StrictSerializer):
    """What a caller says of the token to be made."""

    name = serializers.CharField(max_length=100, help_text="What the token is for.")
    scopes = ScopesField()
    lifetime_days = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_LIFETIME_DAYS,
        required=False,
        allow_null=True,
        help_text="Days until the token expires; never, when left out.",
    )

    def lifetime(self) -> timedelta | None:
        """The lifetime that was asked for, ``None`` for a token that never expires."""
        days = self.validated_data.get("lifetime_days")
        return timedelta(days=days) if days else None


class RotationSerializer(StrictSerializer):
    """How long the token that is replaced goes on."""

    overlap_minutes = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP // MINUTE,
        default=DEFAULT_OVERLAP // MINUTE,
        help_text="Minutes until the replaced token expires.",
    )


class SignedTokenRequestSerializer(StrictSerializer):
    """What a caller says of the signed token to be made."""

    scopes = ScopesField()
    lifetime_seconds = serializers.IntegerField(
        min_value=1,
        max_value=int(LONGEST_LIFETIME.total_seconds()),
        default=int(DEFAULT_LIFETIME.total_seconds()),
        help_text="Seconds until it expires; sooner, when the token it is made with does.",
    )


class SignedTokenSerializer(serializers.Serializer[Any]):
    """A signed token in the answer that made it."""

    token = serializers.CharField(help_text="A JWT (RS256); keys: /.well-known/jwks.json.")
    token_type = serializers.CharField(default="Bearer")
    expires_at = serializers.DateTimeField()
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)


# --- Teams -------------------------------------------------------------------------------------


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A team."""

    class Meta:
        model = Team
        fields = ["slug", "name"]
        read_only_fields = fields


class TeamRequestSerializer(StrictSerializer):
    """A team to be made."""

    slug = serializers.SlugField(max_length=50, help_text="Its name in addresses; it stays.")
    name = serializers.CharField(max_length=100)


class TeamChangeSerializer(StrictSerializer):
    """What of a team can be changed."""

    name = serializers.CharField(max_length=100)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """Somebody in a team."""

    username = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = Membership
        fields = ["username", "role", "from_sso"]
        read_only_fields = fields
        extra_kwargs = {
            "from_sso": {"help_text": "Given, and taken back, by single sign-on."},
        }


class RoleSerializer(StrictSerializer):
    """The role that a member is to have."""

    role = serializers.ChoiceField(choices=Role.choices)


# --- Grants ------------------------------------------------------------------------------------


class GrantSerializer(serializers.ModelSerializer[Grant]):
    """A grant: to a user or to a team, never to both."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    user = serializers.SlugRelatedField[User](
        slug_field="username", read_only=True, allow_null=True
    )
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True, allow_null=True)
    tools = serializers.CharField(source="tool_pattern", read_only=True)
    granted_by = serializers.SlugRelatedField[User](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = Grant
        fields = [
            "id",
            "user",
            "team",
            "action",
            "pattern",
            "tools",
            "expires_at",
            "note",
            "granted_by",
            "created_at",
        ]
        read_only_fields = fields


class GrantRequestSerializer(StrictSerializer):
    """A grant to be made: to ``user`` or to ``team``."""

    user = serializers.SlugRelatedField[User](
        slug_field="username",
        queryset=User.objects.all(),
        required=False,
        error_messages={"does_not_exist": "There is no user named {value}."},
    )
    team = serializers.SlugRelatedField[Team](
        slug_field="slug",
        queryset=Team.objects.all(),
        required=False,
        error_messages={"does_not_exist": "There is no team {value}."},
    )
    action = serializers.ChoiceField(choices=Action.choices)
    pattern = serializers.CharField(help_text="*, namespace/* or namespace/name.")
    tools = serializers.CharField(
        default="", allow_blank=True, help_text="A tool's name or prefix*; empty: every tool."
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    note = serializers.CharField(default="", allow_blank=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("user" in attrs) == ("team" in attrs):
            raise serializers.ValidationError("Name a user or a team, and not both.")
        return attrs


# --- People ------------------------------------------------------------------------------------


class PersonSerializer(serializers.ModelSerializer[User]):
    """An account as administrators see it."""

    is_administrator = serializers.BooleanField(source="is_superuser", read_only=True)
    has_password = serializers.SerializerMethodField(
        help_text="Whether it signs in by password here; else by single sign-on, or not at all."
    )

    class Meta:
        model = User
        fields = [
            "username",
            "first_name",
            "last_name",
            "email",
            "is_active",
            "is_administrator",
            "has_password",
            "date_joined",
            "last_login",
        ]
        read_only_fields = fields

    def get_has_password(self, user: User) -> bool:
        return user.has_usable_password()


class PersonRequestSerializer(StrictSerializer):
    """An account to be made."""

    username = serializers.CharField(max_length=150, validators=[User.username_validator])
    password = serializers.CharField(
        required=False,
        allow_null=True,
        trim_whitespace=False,
        max_length=4096,
        write_only=True,
        help_text="Left out: the account signs in by single sign-on, or uses tokens only.",
    )
    email = serializers.EmailField(default="", allow_blank=True, max_length=254)
    is_administrator = serializers.BooleanField(default=False)
