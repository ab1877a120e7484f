"""Who asks: an account with the credentials it used, or nobody in particular."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.access import EVERYTHING, Action, Role, Scope
from accounts.models import ApiToken, Grant, Membership, User

if TYPE_CHECKING:
    from accounts.models import Team


@dataclass(frozen=True, kw_only=True)
class SignedCredential:
    """What a verified JWT or OAuth access token says of itself; it stands in ``request.auth``."""

    label: str
    scopes: tuple[Scope, ...] | None


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks, and what the credentials in use are limited to.

    What a principal may do is its user's permissions, of which ``scopes`` leave a part; ``None``
    leaves all of them. Roles are read once, so a principal is made for one request.
    """

    user: User | None = None
    scopes: tuple[Scope, ...] | None = None
    # The credentials in words, for the audit trail: "token deploy (rollcall_ab12…)".
    via: str = ""

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    @property
    def is_authenticated(self) -> bool:
        return self.user is not None

    @property
    def is_administrator(self) -> bool:
        """Whether every action on every server is allowed, as far as the scopes go."""
        return self.user is not None and self.user.is_superuser

    @property
    def is_unlimited(self) -> bool:
        """Whether the credentials stand for all that the account may do."""
        return self.is_authenticated and self.scopes is None

    @cached_property
    def _memberships(self) -> list[tuple[int, str, str]]:
        """The id, the slug and the role of each team."""
        if self.user is None:
            return []
        rows = Membership.objects.filter(user=self.user).order_by("team__slug")
        return list(rows.values_list("team_id", "team__slug", "role"))

    @cached_property
    def roles(self) -> dict[int, Role]:
        """The role in each team, by the team's id."""
        return {team_id: Role(role) for team_id, _, role in self._memberships}

    @property
    def team_slugs(self) -> list[str]:
        """The teams by their names in addresses."""
        return [slug for _, slug, _ in self._memberships]

    @cached_property
    def has_grants(self) -> bool:
        """Whether there is any grant to the user or its teams, expired ones included."""
        return self.is_authenticated and Grant.objects.to(self).exists()

    @cached_property
    def has_grants_of_everything(self) -> bool:
        """Whether there is a grant among them for every server: rare, and asked for often."""
        return self.has_grants and Grant.objects.to(self).filter(pattern=EVERYTHING).exists()

    @cached_property
    def has_grants_for_tools(self) -> bool:
        """Whether there is a grant among them for some tools of a server."""
        return self.has_grants and Grant.objects.to(self).of_some_tools().exists()

    def teams_allowing(self, action: Action) -> list[int]:
        """The ids of the teams whose servers the principal's role allows ``action`` on."""
        return [team_id for team_id, role in self.roles.items() if action in role.actions]

    def administers(self, team: "Team") -> bool:
        """Whether the principal may change the members of ``team``."""
        if not self.is_unlimited:
            return False
        return self.is_administrator or self.roles.get(team.pk) is Role.ADMIN


ANONYMOUS = Principal()


def principal_of_user(user: Any) -> Principal:
    """``user`` without any limit; inactive accounts and Django's anonymous user are nobody."""
    if isinstance(user, User) and user.is_active:
        return Principal(user=user, via="session")
    return ANONYMOUS


def principal_of(request: HttpRequest | Request) -> Principal:
    """Who sends ``request``: the account of its session, or of its token within its scopes."""
    user, credential = request.user, getattr(request, "auth", None)
    if not isinstance(user, User) or not user.is_active:
        return ANONYMOUS
    if isinstance(credential, ApiToken):
        return Principal(user=user, scopes=credential.parsed_scopes, via=f"token {credential}")
    if isinstance(credential, SignedCredential):
        return Principal(user=user, scopes=credential.scopes, via=credential.label)
    return Principal(user=user, via="session")
