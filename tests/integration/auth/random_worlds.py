"""Random worlds for the reference model, and the same world as rows of the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from accounts.access import Action, parse_scopes
from accounts.models import ApiToken, Grant, Membership, Team, User
from accounts.services import ANONYMOUS, Principal, principal_of_user
from servers.models import ReviewState, Server, ServerVersion, Status, Tag, Tool
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    ToolFactory,
    UserFactory,
)
from tests.integration.auth.reference_model import ACTIONS, Asker, Permit, Person, Thing, World

TEAMS = ("default", "red", "green", "blue")
ROLES = ("viewer", "contributor", "maintainer", "admin")
# Near misses of one another: patterns of one must never cover a server of the next.
NAMESPACES = ("a.b", "a.bc", "a", "a.b.c", "A-b")
TOOLS = ("get", "get_rain", "get-sun", "set", "Get_rain", "get*")
TAGS = ("sea", "sky")
# What every server and tool says, so that a search for it finds them all.
COMMON = "something common"
TOOL_PATTERNS = ("get", "get*", "get_*", "s*", "set", "Get*")


def random_world(random: Random, now: datetime, *, people: int = 30, things: int = 85) -> World:
    world = World(now=now, visitors_read=random.random() < 0.7)
    world.people = [_person(random, f"person{n}") for n in range(people)]
    world.things = [_thing(random, n, world) for n in range(things)]
    permits = [_permit(random, world) for _ in range(people)]
    # One of each kind, as the database has it.
    once = {(each.holder, each.action, each.pattern, each.tools): each for each in permits}
    world.permits = list(once.values())
    return world


def askers_of(random: Random, world: World) -> list[Asker]:
    """Everybody with their own credentials or with a token, and a visitor."""
    known = [
        Asker(person=person, scopes=random.choice([None, None, _scopes(random, world)]))
        for person in world.people
    ]
    return [Asker(), *known]


def _person(random: Random, name: str) -> Person:
    roles = {team: random.choice(ROLES) for team in TEAMS if random.random() < 0.35}
    return Person(
        name=name, roles=roles, superuser=random.random() < 0.05, active=random.random() < 0.9
    )


def _thing(random: Random, number: int, world: World) -> Thing:
    return Thing(
        name=f"{random.choice(NAMESPACES)}/{random.choice(('X', 'y'))}{number}",
        team=random.choice(TEAMS),
        visibility=random.choice(("public", "team", "team", "private", "private")),
        enabled=random.random() < 0.85,
        published=random.random() < 0.85,
        deleted=random.random() < 0.1,
        owner=random.choice([None, random.choice(world.people).name]),
        tools=tuple(random.sample(TOOLS, random.randint(0, 4))),
        tags=tuple(random.sample(TAGS, random.randint(0, 2))),
        category=random.choice(("", "Maps", "Mail")),
    )


def _pattern(random: Random, world: World) -> str:
    name = random.choice(world.things).name.lower()
    return random.choice(["*", name, name, name.split("/")[0] + "/*", "a.b/*", "a/*"])


def _permit(random: Random, world: World) -> Permit:
    action = random.choice(ACTIONS)
    for_tools = action in ("view", "call") and random.random() < 0.6
    holders = [f"user:{random.choice(world.people).name}", f"team:{random.choice(TEAMS)}"]
    moments = [None, timedelta(hours=1), timedelta(0), timedelta(hours=-1)]
    lasts = random.choice(moments)
    return Permit(
        holder=random.choice(holders),
        action=action,
        pattern=_pattern(random, world),
        tools=random.choice(TOOL_PATTERNS) if for_tools else "",
        until=None if lasts is None else world.now + lasts,
    )


def _scopes(random: Random, world: World) -> tuple[tuple[str, str], ...]:
    number = random.randint(0, 3)
    return tuple((random.choice(ACTIONS), _pattern(random, world)) for _ in range(number))


@dataclass(kw_only=True)
class Stored:
    """A world in the database."""

    teams: dict[str, Team]
    users: dict[str, User]
    servers: dict[str, Server]

    def principal(self, asker: Asker) -> Principal:
        if asker.person is None:
            return ANONYMOUS
        own = principal_of_user(self.users[asker.person.name])
        token = self.token(asker)
        if token is None or not own.is_authenticated:
            return own
        return Principal(user=own.user, scopes=token.parsed_scopes)

    def token(self, asker: Asker) -> ApiToken | None:
        """The token in use, as authentication hands it to the request; not stored."""
        if asker.scopes is None:
            return None
        texts = [f"{action}:{pattern}" for action, pattern in asker.scopes]
        return ApiToken(name="t", scopes=[str(scope) for scope in parse_scopes(texts)])


def store(world: World) -> Stored:
    teams = {slug: Team.objects.get_or_create(slug=slug, name=slug)[0] for slug in TEAMS[1:]}
    teams["default"] = Team.objects.default()
    users = {person.name: _user(person, teams) for person in world.people}
    servers = _servers(world.things, teams, users)
    for permit in world.permits:
        kind, _, holder = permit.holder.partition(":")
        Grant.objects.create(
            user=users[holder] if kind == "user" else None,
            team=teams[holder] if kind == "team" else None,
            action=Action(permit.action),
            pattern=permit.pattern,
            tool_pattern=permit.tools,
            expires_at=permit.until,
            created_at=CREATED_AT,
        )
    return Stored(teams=teams, users=users, servers=servers)


def _user(person: Person, teams: dict[str, Team]) -> User:
    user = UserFactory.create(
        username=person.name, is_superuser=person.superuser, is_active=person.active
    )
    user.memberships.all().delete()  # that of a new account
    Membership.objects.bulk_create(
        Membership(user=user, team=teams[team], role=role) for team, role in person.roles.items()
    )
    return user


def _servers(
    things: list[Thing], teams: dict[str, Team], users: dict[str, User]
) -> dict[str, Server]:
    """Written in bulk: there are many, and every test has its own."""
    rows = [
        ServerFactory.build(
            name=thing.name,
            team=teams[thing.team],
            visibility=thing.visibility,
            enabled=thing.enabled,
            published=thing.published,
            deleted_at=CREATED_AT if thing.deleted else None,
            registered_by=users[thing.owner] if thing.owner else None,
            category=thing.category,
            description=COMMON,
            version=None,
        )
        for thing in things
    ]
    servers = {server.name: server for server in Server.objects.bulk_create(rows)}
    ServerVersion.objects.bulk_create(
        ServerVersionFactory.build(
            server=servers[thing.name],
            review_state=ReviewState.APPROVED if thing.published else ReviewState.PENDING,
            status=Status.DELETED if thing.deleted else Status.ACTIVE,
        )
        for thing in things
    )
    Tool.objects.bulk_create(
        ToolFactory.build(server=servers[thing.name], name=name, description=COMMON)
        for thing in things
        for name in thing.tools
    )
    tags = {name: Tag.objects.create(name=name) for name in TAGS}
    through = Server.tags.through
    through.objects.bulk_create(
        through(server_id=servers[thing.name].pk, tag_id=tags[tag].pk)
        for thing in things
        for tag in thing.tags
    )
    return servers
