"""What search is narrowed by becomes columns; the access stamp, whose triggers `migrate` adds last.

Those are made by `servers.access_triggers` after every `migrate`. Here they are only dropped, when
this migration is taken back, before the table they write to.
"""

import django.db.models.fields.json
import django.db.models.lookups
from django.db import migrations, models

from servers.access_triggers import remove
from servers.documents import package_types_of

BATCH = 1000


def note_package_types(apps, schema_editor):
    """From which registries the packages come, by the documents that are there."""
    Server = apps.get_model('servers', 'Server')
    ServerVersion = apps.get_model('servers', 'ServerVersion')
    latest = ServerVersion.objects.filter(is_latest=True).values_list('server', 'document')
    some = []
    for server, document in latest.iterator(BATCH):
        if types := package_types_of(document):
            some.append(Server(pk=server, package_types=types))
    Server.objects.bulk_update(some, ['package_types'], batch_size=BATCH)


def remove_triggers(apps, schema_editor):
    remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('servers', '0003_lifecycle_features_sources_and_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessStamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=36)),
            ],
        ),
        migrations.AddField(
            model_name='server',
            name='package_types',
            field=models.JSONField(default=dict, editable=False, help_text='How many packages of which registry: {"npm": 1}.'),
        ),
        migrations.AddField(
            model_name='tool',
            name='effect',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(django.db.models.lookups.Exact(django.db.models.fields.json.KeyTextTransform('readOnlyHint', django.db.models.fields.json.KeyTransform('annotations', 'definition')), models.Value('true')), then=models.Value('read_only')), models.When(django.db.models.lookups.Exact(django.db.models.fields.json.KeyTextTransform('destructiveHint', django.db.models.fields.json.KeyTransform('annotations', 'definition')), models.Value('false')), then=models.Value('additive')), default=models.Value('destructive')), output_field=models.CharField(max_length=11)),
        ),
        migrations.AddIndex(
            model_name='serverversion',
            index=models.Index(condition=models.Q(('is_latest', True)), fields=['status', 'server'], name='latest_version_status'),
        ),
        migrations.AddIndex(
            model_name='tool',
            index=models.Index(fields=['effect'], name='tool_effect'),
        ),
        migrations.AddIndex(
            model_name='tool',
            index=models.Index(fields=['name'], name='tool_name'),
        ),
        migrations.AddIndex(
            model_name='tool',
            index=models.Index(condition=models.Q(('removed_at__isnull', False), ('held', True), _connector='OR'), fields=['server'], name='tool_not_current'),
        ),
        migrations.AddConstraint(
            model_name='accessstamp',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_access_stamp'),
        ),
        migrations.RunPython(note_package_types, migrations.RunPython.noop),
        migrations.RunPython(migrations.RunPython.noop, remove_triggers),
    ]
