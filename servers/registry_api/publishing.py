"""A document comes in by the official API, which knows neither teams nor visibility.

So a new server goes to the default team if its publisher may register it there, and else to the
one team it may register it for. Its team sees it, until somebody shows it to all.
"""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import PermissionDenied, ValidationError

from accounts.access import Action
from accounts.models import Team
from accounts.services import Principal
from servers import services
from servers.access import may_register
from servers.api.permissions import is_allowed
from servers.models import Server, ServerVersion


def publish(document: dict[str, Any], *, principal: Principal, now: datetime) -> ServerVersion:
    """A new version of a server that ``principal`` sees, or the first one of a new server.

    Raises DRF's exceptions, and what ``servers.services`` raises.
    """
    name = document.get("name")
    if not isinstance(name, str):
        raise ValidationError({"name": ["The document needs a name, which is a string."]})
    server = Server.objects.visible_to(principal).filter(name=name).first()
    if server is None:
        return _register(document, name, principal=principal, now=now)
    if not is_allowed(principal, (Action.EDIT,), server):
        raise PermissionDenied(f"You may see {name}, but not publish versions of it.")
    _refuse_published(server, document.get("version"))
    return services.publish_version(server=server, document=document, now=now, by=principal.user)


def _register(
    document: dict[str, Any], name: str, *, principal: Principal, now: datetime
) -> ServerVersion:
    team = team_for(name, principal=principal, now=now)
    server = services.register_server(
        document=document, now=now, registered_by=principal.user, team=team
    )
    return server.latest_version


def team_for(name: str, *, principal: Principal, now: datetime) -> Team:
    """The team for which ``principal`` registers the server ``name``.

    Raises DRF's ``PermissionDenied`` where there is none, or no way to tell which.
    """
    default: Team = Team.objects.default()
    others = Team.objects.filter(pk__in=principal.roles).exclude(pk=default.pk).order_by("slug")
    open_teams: list[Team] = [
        team
        for team in (default, *others)
        if may_register(principal=principal, name=name, team=team, now=now)
    ]
    if default in open_teams or len(open_teams) == 1:
        return open_teams[0]
    if not open_teams:
        raise PermissionDenied(f"You may not publish {name}: no team lets you register it.")
    slugs = ", ".join(team.slug for team in open_teams)
    raise PermissionDenied(
        f"You may register {name} for several teams ({slugs}): name one to POST /api/servers."
    )


def _refuse_published(server: Server, version: Any) -> None:
    """As the official registry does, even where the document is the same again."""
    if not isinstance(version, str):
        return
    known = server.versions.filter(version=version).first()
    if known is not None and not known.may_change:
        message = f"{server.name} has a version {version!r} already: a version is published once."
        raise ValidationError({"version": [message]})
