"""The permission rules a second time, in plain Python, to compare the program with.

Written from docs/permissions.md and not from the code: it knows neither the database nor
``servers.access``. It answers one question about one server at a time, as slowly as it likes.
"""

from dataclasses import dataclass, field
from datetime import datetime

ACTIONS = ("view", "call", "register", "edit", "review", "probe", "administer")
OF_ROLE = {
    "viewer": {"view", "call"},
    "contributor": {"view", "call", "register", "probe"},
    "maintainer": {"view", "call", "register", "probe", "edit", "review"},
    "admin": set(ACTIONS),
}
CONTRIBUTORS = {"contributor", "maintainer", "admin"}


@dataclass(kw_only=True)
class Person:
    name: str
    superuser: bool = False
    active: bool = True
    roles: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Thing:
    """A server."""

    name: str
    team: str
    visibility: str = "team"
    enabled: bool = True
    published: bool = True
    deleted: bool = False
    owner: str | None = None
    tools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    category: str = ""

    @property
    def is_listed(self) -> bool:
        return self.enabled and self.published


@dataclass(frozen=True, kw_only=True)
class Permit:
    """A grant; ``holder`` is ``user:NAME`` or ``team:SLUG``."""

    holder: str
    action: str
    pattern: str
    tools: str = ""
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody with credentials: a person's own (no scopes) or limited ones; nobody: a visitor."""

    person: Person | None = None
    scopes: tuple[tuple[str, str], ...] | None = None

    @property
    def is_somebody(self) -> bool:
        return self.person is not None and self.person.active


@dataclass(kw_only=True)
class World:
    now: datetime
    visitors_read: bool = True
    people: list[Person] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    permits: list[Permit] = field(default_factory=list)

    def may(self, who: Asker, action: str, thing: Thing, tool: str | None = None) -> bool:
        """Whether ``who`` may do ``action`` to the server, or to its tool of that name."""
        who = who if who.is_somebody else Asker()  # whose account is closed is a visitor
        if not self.has_reason(who, action, thing, tool) or not in_scope(who, action, thing):
            return False
        if thing.deleted:
            return False
        if thing.is_listed or action in ("edit", "review", "administer"):
            return True
        return action != "call" and (self.may(who, "edit", thing) or self.may(who, "review", thing))

    def sees(self, who: Asker) -> set[str]:
        return {thing.name for thing in self.things if self.may(who, "view", thing)}

    def tools_seen(self, who: Asker, thing: Thing) -> set[str]:
        if not self.may(who, "view", thing):
            return set()
        return {tool for tool in thing.tools if self.may(who, "view", thing, tool)}

    def has_reason(self, who: Asker, action: str, thing: Thing, tool: str | None) -> bool:
        public = thing.visibility == "public"
        if who.person is None:
            return public and action == "view" and self.visitors_read
        if who.person.superuser or (public and action in ("view", "call")):
            return True
        role = who.person.roles.get(thing.team, "")
        if thing.visibility != "private" and action in OF_ROLE.get(role, set()):
            return True
        if thing.owner == who.person.name and role in CONTRIBUTORS and action != "review":
            return True
        return any(self.helps(permit, who.person, action, thing, tool) for permit in self.permits)

    def may_register(self, who: Asker, name: str, team: str) -> bool:
        """Whether ``who`` may register a server of this name for ``team``."""
        wanted = Thing(name=name, team=team)
        if who.person is None or not who.is_somebody or not in_scope(who, "register", wanted):
            return False
        role = who.person.roles.get(team, "")
        return (
            who.person.superuser
            or (role in CONTRIBUTORS and not self.is_claimed(name))
            or bool(role)
            and any(self.helps(each, who.person, "register", wanted, None) for each in self.permits)
        )

    def is_claimed(self, name: str) -> bool:
        """Whether somebody holds a permit to register in the whole namespace of ``name``."""
        namespace = f"{name.lower().split('/')[0]}/*"
        return any(
            permit.action == "register"
            and permit.pattern == namespace
            and (permit.until is None or self.now < permit.until)
            for permit in self.permits
        )

    def helps(
        self, permit: Permit, person: Person, action: str, thing: Thing, tool: str | None
    ) -> bool:
        kind, _, holder = permit.holder.partition(":")
        return (
            (holder == person.name if kind == "user" else holder in person.roles)
            and (permit.until is None or self.now < permit.until)
            and gives(permit.action, action)
            and covers(permit.pattern, thing.name)
            and (tool is None or covers_tool(permit.tools, tool))
        )


def in_scope(who: Asker, action: str, thing: Thing) -> bool:
    return who.scopes is None or any(
        gives(scope, action) and covers(pattern, thing.name) for scope, pattern in who.scopes
    )


def gives(allowed: str, wanted: str) -> bool:
    """Whoever may do anything to a server may see it; to register is about servers to come."""
    return allowed == wanted or (wanted == "view" and allowed != "register")


def covers(pattern: str, name: str) -> bool:
    namespace, name_itself = pattern.split("/") if "/" in pattern else ("*", "*")
    has_namespace, has_name = name.lower().split("/")
    return namespace in ("*", has_namespace) and name_itself in ("*", has_name)


def covers_tool(pattern: str, tool: str) -> bool:
    if pattern.endswith("*"):
        return tool.startswith(pattern[:-1])
    return pattern in ("", tool)
