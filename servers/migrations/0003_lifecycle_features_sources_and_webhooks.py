import datetime
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from servers.documents import remote_urls


def date_what_is_there(apps, schema_editor):
    """What was published before there was a review was approved when it was published."""
    ServerVersion = apps.get_model('servers', 'ServerVersion')
    ServerVersion.objects.update(
        updated_at=models.F('published_at'), status_changed_at=models.F('published_at')
    )


def keep_baselines(apps, schema_editor):
    """The tools that are known are what later changes are compared with."""
    Server = apps.get_model('servers', 'Server')
    Tool = apps.get_model('servers', 'Tool')
    first = Tool.objects.filter(server=models.OuterRef('pk')).order_by('first_seen_at')
    # Tools that came with an import are no listing: the first check of the server is.
    probed = Server.objects.filter(tools__isnull=False, health_checked_at__isnull=False)
    probed.update(
        features_listed_at=models.Subquery(first.values('first_seen_at')[:1])
    )


def note_urls(apps, schema_editor):
    """Which address belongs to which server, by the documents that are there."""
    ServerVersion = apps.get_model('servers', 'ServerVersion')
    RemoteUrl = apps.get_model('servers', 'RemoteUrl')
    latest = ServerVersion.objects.filter(is_latest=True)
    RemoteUrl.objects.bulk_create(
        (
            RemoteUrl(server_id=version.server_id, url=url)
            for version in latest.iterator()
            for url in sorted(remote_urls(version.document))
        ),
        batch_size=1000,
    )


def make_policy_of_all(apps, schema_editor):
    apps.get_model('servers', 'Policy').objects.create(pattern='*')


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_audit_events_stay_as_they_are'),
        ('servers', '0002_team_and_visibility'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=50, unique=True)),
            ],
            options={
                'verbose_name_plural': 'aliases',
                'ordering': ['word'],
            },
        ),
        migrations.CreateModel(
            name='FeatureChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('tool', 'tool'), ('prompt', 'prompt'), ('resource', 'resource')], max_length=10)),
                ('name', models.CharField(max_length=1000)),
                ('change', models.CharField(choices=[('added', 'added'), ('changed', 'changed'), ('removed', 'removed')], max_length=10)),
                ('before', models.JSONField(help_text='The definition until then.', null=True)),
                ('after', models.JSONField(help_text='The definition since then.', null=True)),
                ('version', models.CharField(blank=True, help_text="The server's version then.", max_length=255)),
                ('state', models.CharField(choices=[('held', 'held back'), ('open', 'open, to be looked at'), ('accepted', 'accepted'), ('rejected', 'rejected'), ('superseded', 'overtaken by a later listing')], max_length=10)),
                ('found_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['-found_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('document', 'server.json'), ('tool', 'tool'), ('prompt', 'prompt'), ('resource', 'resource')], max_length=10)),
                ('name', models.CharField(blank=True, help_text="The feature's name.", max_length=1000)),
                ('path', models.CharField(help_text='Where in the definition.', max_length=1000)),
                ('rule', models.CharField(max_length=50)),
                ('start', models.PositiveIntegerField(help_text='First character of the span.')),
                ('end', models.PositiveIntegerField(help_text='The character after the span.')),
                ('excerpt', models.CharField(help_text='The span, hidden characters spelled out.', max_length=300)),
                ('message', models.CharField(max_length=500)),
                ('found_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['server', 'kind', 'name', 'path', 'start'],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.CharField(help_text='*, namespace/* or namespace/name.', max_length=200, unique=True)),
                ('review', models.CharField(choices=[('automatic', 'what is submitted is approved at once'), ('required', 'a reviewer approves what is submitted')], default='automatic', max_length=10)),
                ('drift', models.CharField(choices=[('accept', 'shown at once'), ('warn', 'shown at once, with a warning'), ('hold', 'held back until a reviewer accepts it')], default='warn', help_text='Of tools that change.', max_length=10)),
            ],
            options={
                'verbose_name_plural': 'policies',
                'ordering': ['pattern'],
            },
        ),
        migrations.CreateModel(
            name='Prompt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('title', models.CharField(blank=True, max_length=255)),
                ('description', models.TextField(blank=True)),
                ('definition', models.JSONField(help_text='The whole object as the server listed it.')),
                ('fingerprint', models.CharField(help_text='sha256 of the canonical definition.', max_length=64)),
                ('version', models.CharField(blank=True, help_text="The server's version when it was last seen.", max_length=255)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('held', models.BooleanField(default=False, help_text='New since the approval, and shown to nobody before it is accepted.')),
                ('observed', models.JSONField(blank=True, help_text='What the server lists instead, held back by the policy.', null=True)),
                ('observed_fingerprint', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'ordering': ['server', 'name'],
            },
        ),
        migrations.CreateModel(
            name='RemoteUrl',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(help_text='Normalised, to be compared.', max_length=2000)),
            ],
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(blank=True, max_length=255)),
                ('description', models.TextField(blank=True)),
                ('definition', models.JSONField(help_text='The whole object as the server listed it.')),
                ('fingerprint', models.CharField(help_text='sha256 of the canonical definition.', max_length=64)),
                ('version', models.CharField(blank=True, help_text="The server's version when it was last seen.", max_length=255)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('held', models.BooleanField(default=False, help_text='New since the approval, and shown to nobody before it is accepted.')),
                ('observed', models.JSONField(blank=True, help_text='What the server lists instead, held back by the policy.', null=True)),
                ('observed_fingerprint', models.CharField(blank=True, max_length=64)),
                ('name', models.CharField(help_text='The URI, or the URI template.', max_length=1000)),
            ],
            options={
                'ordering': ['server', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(unique=True)),
                ('kind', models.CharField(choices=[('registry', 'registry (API v0.1)'), ('folder', 'folder of documents'), ('file', 'file'), ('upload', 'upload')], max_length=10)),
                ('location', models.CharField(blank=True, help_text="The registry's base URL, or a path under the folder of sources.", max_length=2000)),
                ('credential', models.TextField(blank=True, editable=False, help_text='Encrypted bearer token.')),
                ('include', models.JSONField(blank=True, default=list, help_text='Patterns of names to take; none: all.')),
                ('exclude', models.JSONField(blank=True, default=list, help_text='Patterns of names to leave.')),
                ('latest_only', models.BooleanField(default=False, help_text='Leave earlier versions out.')),
                ('conflict', models.CharField(choices=[('keep', 'ours stays'), ('replace', "the source's replaces ours")], default='keep', help_text='Where a server of this name is here already, and not from this source.', max_length=10)),
                ('prune', models.BooleanField(default=True, help_text='Whether what vanished there is deleted here.')),
                ('visibility', models.CharField(choices=[('public', 'public'), ('team', 'team'), ('private', 'private')], default='team', help_text='Of new servers.', max_length=10)),
                ('monitored', models.BooleanField(default=True, help_text='Whether probes connect to new servers.')),
                ('enabled', models.BooleanField(default=True)),
                ('interval_minutes', models.PositiveIntegerField(blank=True, help_text='How often it runs by itself; empty: only when asked.', null=True)),
                ('created_at', models.DateTimeField(editable=False)),
                ('updated_since', models.DateTimeField(editable=False, null=True)),
                ('next_run_at', models.DateTimeField(blank=True, db_index=True, editable=False, null=True)),
                ('succeeded_at', models.DateTimeField(editable=False, null=True)),
                ('last_error', models.CharField(blank=True, editable=False, max_length=500)),
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SourceRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requested_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('dry_run', models.BooleanField(default=False, help_text='Says what a run would do.')),
                ('full', models.BooleanField(default=False, help_text='Not only what changed since the last run.')),
                ('force', models.BooleanField(default=False, help_text='Deletes however many vanished.')),
                ('upload', models.BinaryField(editable=False, help_text='The file to read, until the run is over.', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('outcome', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('counts', models.JSONField(default=dict)),
                ('changes', models.JSONField(default=list, help_text='The first of what was, or would be, done.')),
                ('remarks', models.JSONField(default=list, help_text='The first of what was repaired or refused.')),
            ],
            options={
                'ordering': ['-requested_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Star',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='UpstreamCredential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('header', models.CharField(max_length=100)),
                ('value', models.TextField(editable=False, help_text='Encrypted.')),
                ('origin', models.CharField(help_text='Scheme, host and port it is sent to.', max_length=300)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['server', 'header'],
            },
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.URLField(max_length=2000)),
                ('secret', models.TextField(editable=False, help_text='Encrypted; it signs what is sent.')),
                ('old_secret', models.TextField(blank=True, editable=False, help_text='Encrypted; the one before, which signs for a while.')),
                ('old_secret_until', models.DateTimeField(editable=False, null=True)),
                ('events', models.JSONField(blank=True, default=list, help_text='Names of events; none: all.')),
                ('enabled', models.BooleanField(default=True)),
                ('disabled_reason', models.CharField(blank=True, editable=False, help_text='Why it was switched off by itself.', max_length=200)),
                ('created_at', models.DateTimeField(editable=False)),
                ('lease_token', models.CharField(blank=True, db_index=True, editable=False, max_length=32)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('event', models.CharField(choices=[('server.registered', 'server registered'), ('version.submitted', 'version submitted for review'), ('version.approved', 'version approved'), ('version.rejected', 'version rejected'), ('version.status_changed', 'version deprecated, deleted or active again'), ('server.updated', 'server updated'), ('server.deleted', 'server deleted'), ('server.restored', 'server restored'), ('feature.drifted', 'tool, prompt or resource changed'), ('feature.drift_decided', 'change accepted or rejected'), ('webhook.ping', 'ping')], max_length=40)),
                ('server_name', models.CharField(blank=True, max_length=200)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField(db_index=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('http_status', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='server',
            name='contact',
            field=models.CharField(blank=True, help_text='Whom to ask: an address, a channel, a name.', max_length=200),
        ),
        migrations.AddField(
            model_name='server',
            name='deleted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='server',
            name='deleted_by_source',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='server',
            name='edition',
            field=models.PositiveBigIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name='server',
            name='features_listed_at',
            field=models.DateTimeField(editable=False, help_text='When its tools were first listed: what drifts, drifts from there.', null=True),
        ),
        migrations.AddField(
            model_name='server',
            name='prompts_listed_at',
            field=models.DateTimeField(editable=False, help_text='The same of its prompts.', null=True),
        ),
        migrations.AddField(
            model_name='server',
            name='resources_listed_at',
            field=models.DateTimeField(editable=False, help_text='The same of its resources.', null=True),
        ),
        migrations.AddField(
            model_name='server',
            name='labels',
            field=models.JSONField(blank=True, default=dict, help_text='An object of short strings.'),
        ),
        migrations.AddField(
            model_name='server',
            name='successor',
            field=models.ForeignKey(blank=True, help_text='What to use instead of it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='predecessors', to='servers.server'),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='reviewed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reviewed_versions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='submitted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='submitted_versions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='server',
            name='pinned',
            field=models.BooleanField(default=False, help_text='Whether its source leaves it as it is from now on.'),
        ),
        migrations.AddField(
            model_name='server',
            name='published',
            field=models.BooleanField(default=True, editable=False, help_text='Whether a version is approved; until then those who edit or review it see it.'),
        ),
        migrations.AddField(
            model_name='server',
            name='runbook_url',
            field=models.URLField(blank=True, max_length=2000),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='review_reason',
            field=models.TextField(blank=True, help_text='Why it was rejected.'),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='review_state',
            field=models.CharField(choices=[('draft', 'draft'), ('pending', 'awaiting review'), ('approved', 'approved'), ('rejected', 'rejected')], default='approved', max_length=10),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='reviewed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='status',
            field=models.CharField(choices=[('active', 'active'), ('deprecated', 'deprecated'), ('deleted', 'deleted')], default='active', max_length=10),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='status_changed_at',
            field=models.DateTimeField(default=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='serverversion',
            name='source_status',
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='status_before',
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='status_message',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='serverversion',
            name='updated_at',
            field=models.DateTimeField(default=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), help_text='When its status or its review last changed.'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='tool',
            name='held',
            field=models.BooleanField(default=False, help_text='New since the approval, and shown to nobody before it is accepted.'),
        ),
        migrations.AddField(
            model_name='tool',
            name='observed',
            field=models.JSONField(blank=True, help_text='What the server lists instead, held back by the policy.', null=True),
        ),
        migrations.AddField(
            model_name='tool',
            name='observed_fingerprint',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='tool',
            name='version',
            field=models.CharField(blank=True, help_text="The server's version when it was last seen.", max_length=255),
        ),
        migrations.AlterField(
            model_name='serverversion',
            name='is_latest',
            field=models.BooleanField(default=False, help_text='The highest approved version that is not deleted, or else the highest of all.'),
        ),
        migrations.AlterField(
            model_name='serverversion',
            name='published_at',
            field=models.DateTimeField(help_text='When it was approved, or else submitted.'),
        ),
        migrations.AlterField(
            model_name='tool',
            name='definition',
            field=models.JSONField(help_text='The whole object as the server listed it.'),
        ),
        migrations.AddIndex(
            model_name='serverversion',
            index=models.Index(fields=['updated_at'], name='version_updated'),
        ),
        migrations.AddIndex(
            model_name='serverversion',
            index=models.Index(condition=models.Q(('review_state', 'pending')), fields=['server'], name='version_awaiting_review'),
        ),
        migrations.AddField(
            model_name='alias',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='servers.server'),
        ),
        migrations.AddField(
            model_name='featurechange',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='featurechange',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feature_changes', to='servers.server'),
        ),
        migrations.AddField(
            model_name='finding',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='servers.server'),
        ),
        migrations.AddField(
            model_name='prompt',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prompts', to='servers.server'),
        ),
        migrations.AddField(
            model_name='remoteurl',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remote_urls', to='servers.server'),
        ),
        migrations.AddField(
            model_name='resource',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='resources', to='servers.server'),
        ),
        migrations.AddField(
            model_name='source',
            name='team',
            field=models.ForeignKey(help_text='Whose new servers are.', on_delete=django.db.models.deletion.PROTECT, related_name='sources', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='server',
            name='source',
            field=models.ForeignKey(blank=True, editable=False, help_text='Where it is mirrored from.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='servers', to='servers.source'),
        ),
        migrations.AddIndex(
            model_name='server',
            index=models.Index(fields=['updated_at', 'name'], name='server_updated'),
        ),
        migrations.AddIndex(
            model_name='server',
            index=models.Index(fields=['created_at', 'name'], name='server_created'),
        ),
        migrations.RemoveIndex(
            model_name='server',
            name='server_health_enabled',
        ),
        migrations.AddIndex(
            model_name='server',
            index=models.Index(fields=['health_state', 'name'], name='server_health'),
        ),
        migrations.AddField(
            model_name='sourcerun',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='servers.source'),
        ),
        migrations.AddField(
            model_name='star',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stars', to='servers.server'),
        ),
        migrations.AddField(
            model_name='star',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stars', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='upstreamcredential',
            name='server',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='credentials', to='servers.server'),
        ),
        migrations.AddField(
            model_name='upstreamcredential',
            name='set_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='webhook',
            name='created_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='webhook',
            name='team',
            field=models.ForeignKey(blank=True, help_text='Of whose servers it is told; empty: of all.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='webhook',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='servers.webhook'),
        ),
        migrations.AddIndex(
            model_name='featurechange',
            index=models.Index(fields=['server', 'kind', 'name'], name='feature_change_of'),
        ),
        migrations.AddIndex(
            model_name='featurechange',
            index=models.Index(fields=['state'], name='feature_change_state'),
        ),
        migrations.AddConstraint(
            model_name='prompt',
            constraint=models.UniqueConstraint(fields=('server', 'name'), name='prompt_name_unique_in_server'),
        ),
        migrations.AddIndex(
            model_name='remoteurl',
            index=models.Index(fields=['url'], name='remote_url'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.UniqueConstraint(fields=('server', 'name'), name='resource_unique_in_server'),
        ),
        migrations.AddField(
            model_name='server',
            name='look_alike_key',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Lower('name'), models.Value('.'), models.Value('-')), models.Value('_'), models.Value('-')), models.Value('i'), models.Value('l')), models.Value('1'), models.Value('l')), models.Value('0'), models.Value('o')), output_field=models.CharField(max_length=200)),
        ),
        migrations.AddIndex(
            model_name='server',
            index=models.Index(fields=['look_alike_key'], name='server_look_alike'),
        ),
        migrations.AddConstraint(
            model_name='star',
            constraint=models.UniqueConstraint(fields=('server', 'user'), name='one_star_a_person'),
        ),
        migrations.AddConstraint(
            model_name='upstreamcredential',
            constraint=models.UniqueConstraint(models.F('server'), django.db.models.functions.text.Lower('header'), name='one_credential_a_header_of_a_server'),
        ),
        migrations.AddIndex(
            model_name='sourcerun',
            index=models.Index(condition=models.Q(('outcome__in', ['waiting', 'running'])), fields=['source', 'id'], name='source_run_open'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['webhook', 'next_attempt_at'], name='deliveries_to_do'),
        ),
        migrations.RunPython(date_what_is_there, migrations.RunPython.noop),
        migrations.RunPython(keep_baselines, migrations.RunPython.noop),
        migrations.RunPython(note_urls, migrations.RunPython.noop),
        migrations.RunPython(make_policy_of_all, migrations.RunPython.noop),
    ]
