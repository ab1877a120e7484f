import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


def make_default_team(apps, schema_editor):
    """The default team, with everybody who is there as a viewer."""
    Team = apps.get_model('accounts', 'Team')
    Membership = apps.get_model('accounts', 'Membership')
    team = Team.objects.create(slug='default', name='Everybody')
    users = apps.get_model('accounts', 'User').objects.all()
    Membership.objects.bulk_create(
        Membership(team=team, user=user, role='viewer') for user in users
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('outcome', models.CharField(choices=[('done', 'done'), ('denied', 'denied')], max_length=10)),
                ('action', models.CharField(db_index=True, help_text='For instance server.update.', max_length=60)),
                ('subject', models.CharField(blank=True, db_index=True, help_text='What it was done to.', max_length=255)),
                ('actor', models.CharField(blank=True, db_index=True, help_text='Username.', max_length=150)),
                ('actor_id', models.BigIntegerField(blank=True, null=True)),
                ('via', models.CharField(blank=True, help_text='The token, session or command it was done with.', max_length=200)),
                ('address', models.GenericIPAddressField(blank=True, null=True)),
                ('before', models.JSONField(blank=True, null=True)),
                ('after', models.JSONField(blank=True, null=True)),
                ('detail', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='apitoken',
            name='last_used_from',
            field=models.GenericIPAddressField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='scopes',
            field=models.JSONField(blank=True, help_text='For instance ["view", "call:com.example/*"]; null: all its owner may do.', null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='credentials_valid_from',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('viewer', 'viewer'), ('contributor', 'contributor'), ('maintainer', 'maintainer'), ('admin', 'admin')], default='viewer', max_length=20)),
                ('from_sso', models.BooleanField(default=False, editable=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['team', 'user'],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text="The team's name in addresses.", unique=True)),
                ('name', models.CharField(max_length=100)),
                ('members', models.ManyToManyField(related_name='teams', through='accounts.Membership', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['slug'],
            },
        ),
        migrations.AddField(
            model_name='membership',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.team'),
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('action', models.CharField(choices=[('view', 'view'), ('call', 'call its tools'), ('register', 'register'), ('edit', 'edit'), ('review', 'review'), ('probe', 'probe'), ('administer', 'administer')], max_length=20)),
                ('pattern', models.CharField(help_text='*, namespace/* or namespace/name, in lower case.', max_length=200)),
                ('tool_pattern', models.CharField(blank=True, help_text="A tool's name or prefix*; empty: every tool.", max_length=200)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, help_text='Why it was granted.', max_length=200)),
                ('created_at', models.DateTimeField(editable=False)),
                ('granted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='accounts.team')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('team', 'user'), name='one_membership_a_team'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['user', 'pattern'], name='grant_user_pattern'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['team', 'pattern'], name='grant_team_pattern'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('team__isnull', True), _connector='XOR'), name='grant_to_one_user_or_one_team'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('tool_pattern', ''), ('action__in', ['view', 'call']), _connector='OR'), name='tool_pattern_for_view_and_call_only'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(fields=('user', 'action', 'pattern', 'tool_pattern'), name='grant_once_a_user'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(fields=('team', 'action', 'pattern', 'tool_pattern'), name='grant_once_a_team'),
        ),
        migrations.RunPython(make_default_team, migrations.RunPython.noop),
    ]
