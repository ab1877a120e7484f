"""The database replaces the access stamp with every write that can change who sees what."""

from collections.abc import Callable, Iterable

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access import Action, Role
from accounts.models import Grant, Membership, Team, User
from accounts.services import Principal
from servers import access_triggers
from servers.access import Question, allowed
from servers.access_triggers import WATCHED
from servers.models import AccessStamp, Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, TeamFactory, ToolFactory, UserFactory

pytestmark = pytest.mark.django_db


def stamp() -> str:
    return AccessStamp.objects.current()


def installed() -> list[tuple[str, str]]:
    """The table and the event of each trigger that writes the stamp."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' "
            "AND sql LIKE '%servers_accessstamp%'"
        )
        return sorted((table, sql.split(" AFTER ")[1].split()[0]) for table, sql in cursor)


def grant(**columns: object) -> Grant:
    columns = {"action": Action.VIEW, "pattern": "a.b/*", "created_at": NOW} | columns
    return Grant.objects.create(user=User.objects.get(), **columns)


@pytest.fixture
def world() -> None:
    """A row of everything."""
    user = UserFactory.create()
    TeamFactory.create(slug="red")
    ToolFactory.create(server=ServerFactory.create(name="a.b/clock", registered_by=user))
    grant()


def red() -> Team:
    return Team.objects.get(slug="red")


def repeat_membership() -> None:
    """As ``bulk_create`` does where rows may be there: the trigger is run by INSERT OR IGNORE."""
    row = Membership(team=red(), user=User.objects.get())
    Membership.objects.bulk_create([row], ignore_conflicts=True)


COUNTING: dict[str, Callable[[], object]] = {
    "a server comes": lambda: ServerFactory.create(),
    "a server goes": lambda: Server.objects.all().delete(),
    "its name": lambda: Server.objects.update(name="a.c/clock"),
    "its team": lambda: Server.objects.update(team=red()),
    "its visibility": lambda: Server.objects.update(visibility="private"),
    "its owner": lambda: Server.objects.update(registered_by=None),
    "disabled": lambda: Server.objects.update(enabled=False),
    "not published": lambda: Server.objects.update(published=False),
    "deleted": lambda: Server.objects.update(deleted_at=NOW),
    "a tool comes": lambda: ToolFactory.create(server=Server.objects.get()),
    "a tool goes": lambda: Tool.objects.all().delete(),
    "a tool's name": lambda: Tool.objects.update(name="another"),
    "a tool vanishes": lambda: Tool.objects.update(removed_at=NOW),
    "a tool is held": lambda: Tool.objects.update(held=True),
    "a member comes": repeat_membership,
    "a member goes": lambda: Membership.objects.all().delete(),
    "a role": lambda: Membership.objects.update(role=Role.ADMIN),
    "a person goes": lambda: User.objects.get().delete(),
    "a grant comes": lambda: grant(pattern="*"),
    "a grant goes": lambda: Grant.objects.all().delete(),
    "a grant's holder": lambda: Grant.objects.update(user=None, team=red()),
    "its action": lambda: Grant.objects.update(action=Action.CALL),
    "its pattern": lambda: Grant.objects.update(pattern="*"),
    "its tools": lambda: Grant.objects.update(tool_pattern="get_*"),
    "its end": lambda: Grant.objects.update(expires_at=NOW),
}
ROUTINE: dict[str, Callable[[], object]] = {
    "health": lambda: Server.objects.update(health_state="healthy", health_checked_at=NOW),
    "the same again": lambda: Server.objects.get().save(),
    "a listing that says the same": lambda: Tool.objects.update(last_seen_at=NOW),
    "a tool says more": lambda: Tool.objects.update(description="more"),
    "a sign-in": lambda: User.objects.update(last_login=NOW),
    "a note": lambda: Grant.objects.update(note="why"),
    "nothing": lambda: Server.objects.filter(name="absent").update(enabled=False),
}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("write", COUNTING.values(), ids=COUNTING.keys())
def test_what_can_change_who_sees_what_replaces_it(write: Callable[[], object]) -> None:
    before = stamp()

    write()

    assert stamp() != before


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("write", ROUTINE.values(), ids=ROUTINE.keys())
def test_what_cannot_leaves_it(write: Callable[[], object]) -> None:
    before = stamp()

    write()

    assert stamp() == before


@pytest.mark.usefixtures("world")
def test_a_value_that_was_rolled_back_never_comes_again() -> None:
    seen = [stamp()]

    for _ in range(3):
        with transaction.atomic():
            Server.objects.update(enabled=False)
            seen.append(stamp())
            transaction.set_rollback(True)
        assert stamp() == seen[0]

    assert len(set(seen)) == 4


def test_each_table_that_the_rule_looks_at_has_its_triggers() -> None:
    tables = sorted(model._meta.db_table for model in WATCHED)

    assert installed() == [
        (table, event) for table in tables for event in ("DELETE", "INSERT", "UPDATE")
    ]


@pytest.mark.usefixtures("world")
def test_every_column_of_a_server_that_the_rule_looks_at_is_watched() -> None:
    member = Principal(user=User.objects.get())
    Membership.objects.update(role=Role.ADMIN)

    question = Question(principal=member, action=Action.VIEW, now=timezone.now())
    columns = {name.split("__")[0] for name in names_in(allowed(question))}

    known = {getattr(Server._meta.get_field(name), "attname", name) for name in columns - {"pk"}}
    computed = {"name_key", "namespace_key"}  # from the name
    assert known - computed <= set(WATCHED[Server])
    assert {"visibility", "team_id", "registered_by_id", "enabled", "deleted_at"} < known


def names_in(condition: Q) -> Iterable[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from names_in(child)
        else:
            assert isinstance(child, tuple)
            yield child[0]


@pytest.mark.usefixtures("world")
def test_migrate_puts_back_what_an_altered_table_lost() -> None:
    whole, before = installed(), stamp()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'servers_server'")
        lost = [name for (name,) in cursor if name.startswith("access_stamp_")]
        for name in lost:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(
            "CREATE TRIGGER access_stamp_of_an_earlier_release AFTER INSERT ON servers_alias "
            "BEGIN DELETE FROM servers_accessstamp; END"
        )

    access_triggers.install()

    assert len(lost) == 3
    assert installed() == whole
    assert stamp() != before


def test_migrate_leaves_triggers_that_are_right() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA schema_version")
        (before,) = cursor.fetchone()
        access_triggers.install()
        cursor.execute("PRAGMA schema_version")
        assert cursor.fetchone() == (before,)


@pytest.mark.usefixtures("world")
def test_taken_back_they_leave_nothing_behind() -> None:
    access_triggers.remove(connection)

    assert installed() == []
    Server.objects.update(enabled=False)


@pytest.mark.usefixtures("world")
def test_without_the_row_nothing_is_taken_for_the_same() -> None:
    AccessStamp.objects.all().delete()
    assert stamp() != stamp()

    Server.objects.update(enabled=False)

    assert stamp() == stamp() == AccessStamp.objects.get().token
