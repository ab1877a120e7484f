"""What is remembered of visibility is always what the rule would say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.access import Action, Role, parse_scopes
from accounts.models import Grant, Membership, Team, User
from accounts.services import ANONYMOUS, Principal, principal_of_user
from search.visibility import visible_to
from servers.access import Visibility
from servers.models import Server, Tool
from servers.services import delete_server, purge_deleted, restore_server, set_enabled
from tests.fixtures.factories import (
    ServerFactory,
    TeamFactory,
    ToolFactory,
    UserFactory,
    administrator,
    member_of,
)
from tests.integration.auth.random_worlds import askers_of, random_world, store
from tests.integration.search.findable import found_in, may_find

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
NAME = "a.b/clock"


def granted(user: User, pattern: str, **columns: object) -> Grant:
    columns = {"action": Action.VIEW, "created_at": NOW} | columns
    return Grant.objects.create(user=user, pattern=pattern, **columns)


def found_by(principal: Principal) -> set[str]:
    return found_in(visible_to(principal))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_in_random_worlds_everybody_may_find_what_the_rule_says(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, and no secret
    world = random_world(random, NOW)
    stored = store(world)
    hidden = random.sample(list(Tool.objects.values_list("pk", flat=True)), 20)
    Tool.objects.filter(pk__in=hidden[:10]).update(removed_at=NOW)
    Tool.objects.filter(pk__in=hidden[10:]).update(held=True)
    principals = [stored.principal(asker) for asker in askers_of(random, world)]

    for now in (NOW, NOW + timedelta(minutes=59), NOW + timedelta(hours=1)):
        with time_machine.travel(now, tick=False):
            for _ in ("worked out", "remembered"):
                wrong = [it for it in principals if found_by(replace(it)) != may_find(it)]
                assert wrong == []


class Scene:
    """One server of a team with two tools; who is asked about, and who else there is."""

    def __init__(self) -> None:
        self.team = TeamFactory.create(slug="red")
        self.member = member_of(self.team, Role.MAINTAINER, username="member")
        self.stranger = UserFactory.create(username="stranger")
        self.server = ServerFactory.create(
            name=NAME, team=self.team, visibility=Visibility.TEAM, registered_by=self.member
        )
        self.tool = ToolFactory.create(server=self.server, name="get_time")
        ToolFactory.create(server=self.server, name="set_time")

    def principals(self) -> list[Principal]:
        scoped = principal_of_user(self.member)
        return [
            ANONYMOUS,
            principal_of_user(self.member),
            principal_of_user(self.stranger),
            Principal(user=scoped.user, scopes=parse_scopes(["view:a.b/*"])),
        ]


def save(row: Server | Tool | Membership, **columns: object) -> None:
    """As the admin does: every column is written."""
    for column, value in columns.items():
        setattr(row, column, value)
    row.save()


def delete_and_restore(scene: Scene) -> None:
    delete_server(server=scene.server, now=NOW)
    visible_to(principal_of_user(scene.member))
    restore_server(server=scene.server, now=NOW)


def delete_and_purge(scene: Scene) -> None:
    delete_server(server=scene.server, now=NOW)
    purge_deleted(before=NOW + timedelta(days=1), now=NOW)


CHANGES: dict[str, Callable[[Scene], object]] = {
    "made public": lambda it: Server.objects.update(visibility=Visibility.PUBLIC),
    "saved as private": lambda it: save(it.server, visibility=Visibility.PRIVATE),
    "given to another team": lambda it: save(it.server, team=Team.objects.default()),
    "renamed": lambda it: save(it.server, name="a.c/clock"),
    "disabled": lambda it: Server.objects.update(enabled=False),
    "disabled by the service": lambda it: set_enabled(server=it.server, enabled=False, now=NOW),
    "not published any more": lambda it: Server.objects.update(published=False),
    "marked as deleted": lambda it: Server.objects.update(deleted_at=NOW),
    "deleted by the service": lambda it: delete_server(server=it.server, now=NOW),
    "deleted and restored": delete_and_restore,
    "deleted and purged": delete_and_purge,
    "another server": lambda it: ServerFactory.create(team=it.team),
    "gone": lambda it: it.server.delete(),
    "of another owner": lambda it: Server.objects.update(registered_by=it.stranger),
    "its owner gone": lambda it: it.member.delete(),
    "a tool vanished": lambda it: Tool.objects.filter(pk=it.tool.pk).update(removed_at=NOW),
    "a tool held back": lambda it: save(it.tool, held=True),
    "another tool": lambda it: ToolFactory.create(server=it.server),
    "a tool gone": lambda it: it.tool.delete(),
    "a member more": lambda it: Membership.objects.create(team=it.team, user=it.stranger),
    "a member less": lambda it: Membership.objects.filter(team=it.team).delete(),
    "another role": lambda it: Membership.objects.update(role=Role.VIEWER),
    "a grant": lambda it: granted(it.stranger, NAME),
    "a grant for a tool": lambda it: granted(it.stranger, "a.b/*", tool_pattern="get_*"),
    "a grant to a team": lambda it: Grant.objects.create(
        team=Team.objects.default(), action=Action.CALL, pattern="*", created_at=NOW
    ),
    "an administrator": lambda it: User.objects.filter(pk=it.stranger.pk).update(is_superuser=True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_counts_at_once_for_everybody(change: Callable[[Scene], object]) -> None:
    scene = Scene()
    for principal in scene.principals():
        visible_to(principal)

    change(scene)

    for user in User.objects.all():
        principal = principal_of_user(user)
        assert found_by(principal) == may_find(principal)
    assert found_by(ANONYMOUS) == may_find(ANONYMOUS)


@pytest.mark.parametrize(
    "columns", [{"pattern": "a.c/*"}, {"expires_at": NOW}, {"tool_pattern": "x"}]
)
def test_a_changed_grant_counts_at_once(columns: dict[str, object]) -> None:
    scene = Scene()
    granted(scene.stranger, NAME)
    before = found_by(principal_of_user(scene.stranger))

    Grant.objects.update(**columns)

    assert (
        found_by(principal_of_user(scene.stranger))
        < before
        == {
            NAME,
            f"{NAME}#get_time",
            f"{NAME}#set_time",
        }
    )


def test_a_grant_for_some_tools_opens_the_server_and_these() -> None:
    scene = Scene()
    granted(scene.stranger, NAME, tool_pattern="get_*")

    assert found_by(principal_of_user(scene.stranger)) == {NAME, f"{NAME}#get_time"}


def test_what_a_grant_opened_ends_when_it_expires() -> None:
    scene = Scene()
    somebody = principal_of_user(scene.stranger)
    granted(scene.stranger, NAME, tool_pattern="set_time", expires_at=NOW + timedelta(hours=2))
    granted(scene.stranger, NAME, tool_pattern="get_time", expires_at=NOW + timedelta(hours=1))
    said = []

    for minutes in (0, 59, 60, 119, 120):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            said.append(len(found_by(somebody)))

    assert said == [3, 3, 2, 2, 0]


def test_to_remember_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scene = Scene()
    granted(scene.stranger, NAME, tool_pattern="get_*", expires_at=timezone.now() + timedelta(1))
    for principal in scene.principals():
        visible_to(principal)

    for principal in scene.principals():
        with django_assert_num_queries(1):
            visible_to(principal)


def test_routine_makes_nobody_forget(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scene = Scene()
    visible_to(ANONYMOUS)

    Server.objects.update(health_state="healthy", revision=7)
    Tool.objects.update(last_seen_at=NOW, description="Another one.")
    save(scene.server, description="Another one.")

    with django_assert_num_queries(1):
        visible_to(ANONYMOUS)


def test_what_was_rolled_back_is_not_remembered() -> None:
    scene = Scene()
    before = found_by(ANONYMOUS)

    for visibility in (Visibility.PUBLIC, Visibility.PRIVATE):
        with transaction.atomic():
            save(scene.server, visibility=visibility)
            found_by(ANONYMOUS)
            transaction.set_rollback(True)

    assert found_by(ANONYMOUS) == before == set()


def test_what_a_principal_knew_of_itself_is_asked_again() -> None:
    scene = Scene()
    member = principal_of_user(scene.member)
    assert member.roles

    Membership.objects.filter(user=scene.member).delete()

    assert found_by(member) == set()
    assert found_by(principal_of_user(scene.member)) == set()


def test_credentials_of_one_account_are_told_apart() -> None:
    scene = Scene()
    ServerFactory.create(name="a.c/other", team=scene.team)
    own = principal_of_user(scene.member)
    scoped = Principal(user=own.user, scopes=parse_scopes(["view:a.c/*"]))
    nothing = Principal(user=own.user, scopes=())

    for _ in range(2):
        assert len(found_by(own)) == 4
        assert found_by(scoped) == {"a.c/other"}
        assert found_by(nothing) == set()


def test_visitors_see_nothing_once_anonymous_reading_is_off(settings: Settings) -> None:
    ServerFactory.create(name=NAME)
    assert found_by(ANONYMOUS) == {NAME}

    settings.ANONYMOUS_READ = False

    assert found_by(ANONYMOUS) == set()


def test_an_administrator_finds_what_nobody_else_does() -> None:
    scene = Scene()
    Server.objects.update(enabled=False, visibility=Visibility.PRIVATE)

    assert len(found_by(principal_of_user(administrator()))) == 3
    assert found_by(principal_of_user(scene.stranger)) == set()
