"""What is granted and taken back counts with the next question, in whichever order it happens.

Hypothesis plays people, teams and grants against the services, moves the clock, and compares each
account and server with the reference model after every step.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import hypothesis.strategies as st
import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts import services
from accounts.access import Action, Role
from accounts.models import Grant, Membership, Team, User
from accounts.services import principal_of_user
from servers.access import Visibility
from servers.models import ReviewState, Server, Tool
from servers.services import (
    ServerChanges,
    approve_version,
    delete_server,
    restore_server,
    set_enabled,
    update_server,
)
from tests.fixtures.factories import ServerFactory, TeamFactory, ToolFactory, UserFactory
from tests.integration.auth.reference_model import ACTIONS, Asker, Permit, Person, Thing, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(120)]

BEGINNING = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
PEOPLE = ("ada", "bob", "eve")
TEAMS = ("red", "blue")
TOOLS = ("get", "get_rain", "set")
THINGS = ("a.b/x", "a.bc/x", "a/b")

people, teams, things = (st.sampled_from(names) for names in (PEOPLE, TEAMS, THINGS))
holders = st.one_of(people.map(lambda name: f"user:{name}"), teams.map(lambda slug: f"team:{slug}"))
patterns = st.sampled_from(["*", "a.b/*", "a/*", *THINGS])
tool_patterns = st.sampled_from(["", "", "get", "get*"])
hours = st.one_of(st.none(), st.integers(1, 5))


class Permissions(RuleBasedStateMachine):
    """The services on the one side, the model on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.clock = time_machine.travel(BEGINNING, tick=False)
        self.traveller = self.clock.start()
        self.teams = {slug: TeamFactory.create(slug=slug) for slug in TEAMS}
        self.users = {name: UserFactory.create(username=name) for name in PEOPLE}
        Membership.objects.all().delete()
        self.servers = {name: self.a_server(name) for name in THINGS}
        self.world = World(
            now=BEGINNING,
            people=[Person(name=name) for name in PEOPLE],
            things=[
                Thing(name=name, team="red", tools=TOOLS, owner="eve", published=False)
                for name in THINGS
            ],
        )

    def a_server(self, name: str) -> Server:
        server = ServerFactory.create(
            name=name,
            team=self.teams["red"],
            visibility=Visibility.TEAM,
            published=False,
            registered_by=self.users["eve"],
        )
        for tool in TOOLS:
            ToolFactory.create(server=server, name=tool)
        server.versions.update(review_state=ReviewState.PENDING)
        return server

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.rolled_back.__exit__(None, None, None)

    def person(self, name: str) -> Person:
        return next(person for person in self.world.people if person.name == name)

    def holder(self, holder: str) -> User | Team:
        kind, _, name = holder.partition(":")
        return self.users[name] if kind == "user" else self.teams[name]

    @rule(holder=holders, action=st.sampled_from(ACTIONS), pattern=patterns, tools=tool_patterns,
          lasts=hours)  # fmt: skip
    def grant(self, holder: str, action: str, pattern: str, tools: str, lasts: int | None) -> None:
        tools = tools if action in ("view", "call") else ""
        until = None if lasts is None else self.world.now + timedelta(hours=lasts)
        permit = Permit(holder=holder, action=action, pattern=pattern, tools=tools, until=until)
        same = [each for each in self.world.permits if key_of(each) == key_of(permit)]
        closed = [f"user:{person.name}" for person in self.world.people if not person.active]
        if holder in closed or any(
            each.until is None or each.until > self.world.now for each in same
        ):
            return
        services.grant(
            to=self.holder(holder),
            action=Action(action),
            pattern=pattern,
            tools=tools,
            expires_at=until,
            now=timezone.now(),
        )
        self.world.permits = [each for each in self.world.permits if each not in same] + [permit]

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        if not self.world.permits:
            return
        permit = data.draw(st.sampled_from(self.world.permits))
        held = Grant.objects.filter(action=permit.action, pattern=permit.pattern)
        [row] = [each for each in held if self.permit_of(each) == permit]
        services.revoke(grant=row, now=timezone.now())
        self.world.permits.remove(permit)

    def permit_of(self, row: Grant) -> Permit:
        return Permit(
            holder=f"user:{row.user.username}" if row.user else f"team:{row.team}",
            action=row.action,
            pattern=row.pattern,
            tools=row.tool_pattern,
            until=row.expires_at,
        )

    @rule(name=people, team=teams, role=st.sampled_from(list(Role)))
    def join(self, name: str, team: str, role: Role) -> None:
        services.set_member(
            team=self.teams[team], user=self.users[name], role=role, now=timezone.now()
        )
        self.person(name).roles[team] = role.value

    @rule(name=people, team=teams)
    def leave(self, name: str, team: str) -> None:
        for membership in Membership.objects.filter(user__username=name, team__slug=team):
            services.remove_member(membership=membership, now=timezone.now())
        self.person(name).roles.pop(team, None)

    @rule(name=people, active=st.booleans())
    def open_or_close_account(self, name: str, active: bool) -> None:
        change = services.reactivate if active else services.deactivate
        change(user=self.users[name], now=timezone.now())
        self.person(name).active = active

    @rule(hours=st.integers(1, 4))
    def wait(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)
        self.traveller.move_to(self.world.now, tick=False)

    @rule(name=things, enabled=st.booleans())
    def enable_or_disable(self, name: str, enabled: bool) -> None:
        if self.is_made(name, partial(set_enabled, enabled=enabled)):
            self.thing(name).enabled = enabled

    @rule(name=things, visibility=st.sampled_from(list(Visibility)), team=teams)
    def show_or_hide(self, name: str, visibility: Visibility, team: str) -> None:
        changes = ServerChanges(visibility=visibility, team=self.teams[team])
        if self.is_made(name, partial(update_server, changes=changes)):
            self.thing(name).visibility, self.thing(name).team = visibility.value, team

    @rule(name=things, deleted=st.booleans())
    def delete_or_restore(self, name: str, deleted: bool) -> None:
        change = delete_server if deleted else restore_server
        change(server=self.servers[name], now=timezone.now())
        self.thing(name).deleted = deleted

    @rule(name=things)
    def approve(self, name: str) -> None:
        if self.thing(name).published:
            return

        def approve_the_version(*, server: Server, now: datetime) -> None:
            approve_version(version=server.versions.get(), by=None, now=now)

        self.thing(name).published = self.is_made(name, approve_the_version)

    def is_made(self, name: str, change: Callable[..., object]) -> bool:
        """Make ``change`` of a server that is there; a deleted one is not there for anybody."""
        server = self.servers[name]
        if not self.thing(name).deleted:
            change(server=server, now=timezone.now())
            return True
        with pytest.raises(Server.DoesNotExist):
            change(server=server, now=timezone.now())
        return False

    def thing(self, name: str) -> Thing:
        return next(thing for thing in self.world.things if thing.name == name)

    @invariant()
    def everything_agrees(self) -> None:
        for person in self.world.people:
            asker = Asker(person=person)
            principal = principal_of_user(User.objects.get(username=person.name))
            for action in ACTIONS:
                rows = Server.objects.allowed_to(principal, Action(action))
                assert set(rows.values_list("name", flat=True)) == {
                    thing.name
                    for thing in self.world.things
                    if self.world.may(asker, action, thing)
                }
            assert set(Tool.objects.visible_to(principal).values_list("server__name", "name")) == {
                (thing.name, tool)
                for thing in self.world.things
                for tool in self.world.tools_seen(asker, thing)
            }


def key_of(permit: Permit) -> tuple[str, str, str, str]:
    return permit.holder, permit.action, permit.pattern, permit.tools


def test_permissions_follow_every_change_at_once() -> None:
    run_state_machine_as_test(
        Permissions,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
