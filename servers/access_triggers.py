"""The database itself replaces the access stamp with every write that can change who sees what.

Not services or signals: an ``update()``, a bulk import, a cascade and a hand in ``psql`` count as
well. What is watched is what the rule in ``servers.access`` looks at, and nothing else, so that
the registry's routine (health, listings that say the same) leaves the stamp as it is.

SQLite drops a table's triggers when Django alters the table. Hence no migration creates them:
``install`` looks after each ``migrate`` which are missing. A trigger's name has a digest of its
definition, so that one defined otherwise is another one.
"""

from hashlib import sha256
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from accounts.models import Grant, Membership
from servers.models import AccessStamp, Server, Tool

# A row that comes or goes counts always, one that changes in these columns.
WATCHED: dict[type[models.Model], tuple[str, ...]] = {
    Server: (
        *("name", "team_id", "visibility", "registered_by_id"),
        *("enabled", "published", "deleted_at"),
    ),
    Tool: ("server_id", "name", "removed_at", "held"),
    Membership: ("team_id", "user_id", "role"),
    Grant: ("team_id", "user_id", "action", "pattern", "tool_pattern", "expires_at"),
}

_PREFIX = "access_stamp_"
_FUNCTION = "renew_access_stamp"
_RENEW = (
    "INSERT INTO servers_accessstamp (id, token) VALUES (1, {random}) "
    "ON CONFLICT (id) DO UPDATE SET token = excluded.token"
)

_IN_SQLITE = f"BEGIN {_RENEW.format(random='lower(hex(randomblob(16)))')}; END"
# Deferred, so that the one row is locked when a transaction ends and not while it goes on.
_WHEN_POSTGRESQL_COMMITS = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
# Once a transaction; what is set for a transaction is set back with its savepoints.
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('rollcall.access_stamp', true) IS DISTINCT FROM 'renewed' THEN
        PERFORM set_config('rollcall.access_stamp', 'renewed', true);
        {_RENEW.format(random="gen_random_uuid()::text")};
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER {{name}} AFTER INSERT ON {{table}} {_IN_SQLITE}",
        f"CREATE TRIGGER {{name}} AFTER DELETE ON {{table}} {_IN_SQLITE}",
        f"CREATE TRIGGER {{name}} AFTER UPDATE OF {{columns}} ON {{table}} "
        f"WHEN {{changed}} {_IN_SQLITE}",
    ),
    "postgresql": (
        "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR DELETE ON {table} "
        f"{_WHEN_POSTGRESQL_COMMITS} EXECUTE FUNCTION {_FUNCTION}()",
        "CREATE CONSTRAINT TRIGGER {name} AFTER UPDATE OF {columns} ON {table} "
        f"{_WHEN_POSTGRESQL_COMMITS} WHEN ({{changed}}) EXECUTE FUNCTION {_FUNCTION}()",
        "CREATE TRIGGER {name} AFTER TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()",
    ),
}
_DIFFERS = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}
_PRESENT = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
}
_DROP = {"sqlite": "DROP TRIGGER {name}", "postgresql": "DROP TRIGGER {name} ON {table}"}


def install(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make the triggers of the database what they should be; after each ``migrate``.

    Where some were missing, something may have gone unnoticed: the stamp is new afterwards.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if AccessStamp._meta.db_table not in connection.introspection.table_names(cursor):
            return
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        present, wanted = _present(cursor), _wanted(connection.vendor)
        _drop(cursor, {name: present[name] for name in present.keys() - wanted.keys()})
        for name in sorted(wanted.keys() - present.keys()):
            cursor.execute(wanted[name])
        AccessStamp.objects.using(using).renew()


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers, before the table they write to."""
    with connection.cursor() as cursor:
        _drop(cursor, _present(cursor))
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_FUNCTION}()")


def _wanted(vendor: str) -> dict[str, str]:
    """The statement that creates each trigger, by its name."""
    statements = {}
    for model, columns in WATCHED.items():
        words = {
            "table": model._meta.db_table,
            "columns": ", ".join(columns),
            "changed": " OR ".join(f"OLD.{it} {_DIFFERS[vendor]} NEW.{it}" for it in columns),
        }
        for template in _TRIGGERS[vendor]:
            name = _name(template.format(name="", **words), table=words["table"])
            statements[name] = template.format(name=name, **words)
    return statements


def _name(definition: str, *, table: str) -> str:
    return f"{_PREFIX}{table}_{sha256(definition.encode()).hexdigest()[:12]}"


def _present(cursor: CursorWrapper) -> dict[str, str]:
    """The table of each of these triggers that is there."""
    cursor.execute(_PRESENT[cursor.db.vendor])
    return {name: table for name, table in cursor.fetchall() if name.startswith(_PREFIX)}


def _drop(cursor: CursorWrapper, triggers: dict[str, str]) -> None:
    for name, table in triggers.items():
        cursor.execute(_DROP[cursor.db.vendor].format(name=name, table=table))
