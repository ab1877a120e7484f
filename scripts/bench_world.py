"""A catalogue of any size for measurements: the same mixture of servers and people, N of them.

Written in bulk and not through the services: how they write is measured elsewhere, and 100,000
registrations would take a quarter of an hour.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from random import Random
from typing import Any

from django.db import models

from accounts.access import Action, Role
from accounts.models import AuditEvent, Grant, Membership, Team, User
from accounts.services import create_token
from registry_site.lib.canonical_json import fingerprint
from servers.access import Visibility
from servers.models import (
    HealthState,
    ReviewState,
    Server,
    ServerVersion,
    Status,
    Tag,
    Tool,
    Transport,
)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
TEAMS = 20
TAGS = ("weather", "maps", "mail", "code", "money", "people")
CATEGORIES = ("Maps", "Mail", "Code", "Money", "")
SERVERS_A_NAMESPACE = 10
TOOLS_A_SERVER = 5
ROWS_AT_ONCE = 5_000
# A server that everybody sees.
PUBLIC = "com.example/public"
# Who asks. The last one sees by nothing but ten grants and what is public, the one before it by a
# token for one namespace.
VISITOR, STRANGER, MEMBER, ADMINISTRATOR, SCOPED, GRANTED = (
    "visitor",
    "stranger",
    "member",
    "administrator",
    "scoped token",
    "10 grants",
)


def make_world(servers: int) -> dict[str, str]:
    """``servers`` servers with all that belongs to them; the token of each who asks."""
    random = Random(4)  # noqa: S311 - repeatable, and no secret
    teams = [Team.objects.default(), *_teams()]
    tokens = _people(teams, servers)
    member = User.objects.get(username=MEMBER)
    _write(_server(random, number, teams, member) for number in range(servers - 1))
    _write([_public_server(teams[0])])
    _write_what_belongs_to_servers(random)
    _write(_audit_event(number) for number in range(servers))
    return tokens


def name_of(number: int) -> str:
    return f"io.github.user{number // SERVERS_A_NAMESPACE:05}/server-{number:06}"


def deep_in(servers: int) -> int:
    """Where a page is deep in the list, with enough servers behind it."""
    return servers // 4


def document(name: str, version: str = "1.0.0") -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "name": name,
        "description": "Forecasts and warnings for any place.",
        "version": version,
        "remotes": [{"type": "streamable-http", "url": f"https://example.org/{name}/mcp"}],
    }


def _write(rows: Iterable[models.Model]) -> None:
    """Write ``rows`` of one model a few thousand at a time."""
    rest = iter(rows)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        type(batch[0])._default_manager.bulk_create(batch)


def _teams() -> list[Team]:
    rows = [Team(slug=f"team-{number}", name=f"Team {number}") for number in range(TEAMS)]
    return Team.objects.bulk_create(rows)


def _people(teams: list[Team], servers: int) -> dict[str, str]:
    users = {name: User.objects.create_user(name) for name in (STRANGER, MEMBER, SCOPED, GRANTED)}
    users[ADMINISTRATOR] = User.objects.create_superuser(ADMINISTRATOR)
    roles = zip((Role.CONTRIBUTOR, Role.VIEWER, Role.MAINTAINER), teams, strict=False)
    for (role, team), name in product(roles, (MEMBER, SCOPED)):
        Membership.objects.update_or_create(team=team, user=users[name], defaults={"role": role})
    users[GRANTED].memberships.all().delete()
    _write(
        Grant(
            user=users[GRANTED],
            action=Action.VIEW,
            pattern=name_of(servers * tenth // 10),
            tool_pattern="tool_1" if tenth == 0 else "",
            created_at=NOW,
        )
        for tenth in range(10)
    )
    namespaces = {name.partition("/")[0] for name in (name_of(deep_in(servers)), PUBLIC)}
    scopes = {SCOPED: [f"view:{namespace}/*" for namespace in sorted(namespaces)]}
    return {
        name: create_token(user=user, name="bench", scopes=scopes.get(name), now=NOW)[1]
        for name, user in users.items()
    }


def _server(random: Random, number: int, teams: list[Team], member: User) -> Server:
    name, at = name_of(number), NOW - timedelta(minutes=random.randrange(500_000))
    return Server(
        name=name,
        description="Forecasts and warnings for any place.",
        category=random.choice(CATEGORIES),
        transport=Transport.STREAMABLE_HTTP,
        endpoint_url=f"https://example.org/{name}/mcp",
        team=random.choice(teams),
        visibility=random.choices(Visibility.values, weights=(40, 45, 15))[0],
        enabled=random.random() > 0.03,
        published=random.random() > 0.03,
        deleted_at=at if random.random() < 0.02 else None,
        registered_by=member if random.random() < 0.02 else None,
        health_state=random.choice(HealthState.values),
        created_at=at - timedelta(days=30),
        updated_at=at,
    )


def _public_server(team: Team) -> Server:
    return Server(
        name=PUBLIC, team=team, visibility=Visibility.PUBLIC, created_at=NOW, updated_at=NOW
    )


def _write_what_belongs_to_servers(random: Random) -> None:
    tags = Tag.objects.bulk_create(Tag(name=name) for name in TAGS)
    tagged = Server.tags.through
    servers = Server.objects.order_by("pk").iterator(ROWS_AT_ONCE)
    while batch := list(islice(servers, ROWS_AT_ONCE)):
        _write(version for server in batch for version in _versions(random, server))
        _write(tool for server in batch if server.pk % 10 == 0 for tool in _tools(server))
        _write(tagged(server_id=server.pk, tag_id=random.choice(tags).pk) for server in batch)


def _versions(random: Random, server: Server) -> Iterator[ServerVersion]:
    last = random.randrange(3)
    for minor in range(last + 1):
        published = document(server.name, f"1.{minor}.0")
        yield ServerVersion(
            server=server,
            version=published["version"],
            document=published,
            fingerprint=fingerprint(published),
            is_latest=minor == last,
            published_at=server.created_at,
            updated_at=server.updated_at,
            review_state=ReviewState.APPROVED if server.published else ReviewState.PENDING,
            status=Status.DELETED if server.deleted_at else Status.ACTIVE,
            status_changed_at=server.updated_at,
        )


def _tools(server: Server) -> Iterator[Tool]:
    for number in range(TOOLS_A_SERVER):
        name = f"tool_{number}"
        definition = {"name": name, "inputSchema": {"type": "object"}}
        yield Tool(
            server=server,
            name=name,
            definition=definition,
            fingerprint=fingerprint(definition),
            first_seen_at=server.created_at,
            last_seen_at=server.updated_at,
        )


def _audit_event(number: int) -> AuditEvent:
    return AuditEvent(
        at=NOW - timedelta(minutes=number),
        outcome=AuditEvent.Outcome.DONE,
        action="server.register",
        subject=name_of(number),
        actor=MEMBER,
    )
