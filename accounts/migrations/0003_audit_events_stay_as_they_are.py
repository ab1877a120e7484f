"""The database refuses to change an audit event, whoever asks and by whatever program.

SQLite drops a table's triggers when Django alters it: a migration that alters this table puts them
back (``protect``). Deleting is left to the model, which refuses it: tests empty every table.
"""

from django.db import migrations

MESSAGE = 'Audit events are never changed.'
PROTECT = {
    'sqlite': [
        f"""
        CREATE TRIGGER audit_event_stays BEFORE UPDATE ON accounts_auditevent
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
        """,
        # INSERT OR REPLACE is no update.
        f"""
        CREATE TRIGGER audit_event_is_not_replaced BEFORE INSERT ON accounts_auditevent
        WHEN EXISTS (SELECT 1 FROM accounts_auditevent WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
        """,
    ],
    'postgresql': [f"""
        CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
        CREATE TRIGGER audit_event_stays BEFORE UPDATE ON accounts_auditevent
        FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()
    """],
}
RELEASE = {
    'sqlite': ['DROP TRIGGER audit_event_stays', 'DROP TRIGGER audit_event_is_not_replaced'],
    'postgresql': ["""
        DROP TRIGGER audit_event_stays ON accounts_auditevent;
        DROP FUNCTION refuse_audit_change()
    """],
}


def protect(apps, schema_editor):
    _run(schema_editor, PROTECT)


def release(apps, schema_editor):
    _run(schema_editor, RELEASE)


def _run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_teams_grants_sessions_and_audit'),
    ]

    operations = [
        migrations.RunPython(protect, release),
    ]
