import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


def give_to_default_team(apps, schema_editor):
    """Servers from before there were teams are everybody's."""
    Server = apps.get_model('servers', 'Server')
    Team = apps.get_model('accounts', 'Team')
    Server.objects.update(team=Team.objects.get(slug='default'))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_teams_grants_sessions_and_audit'),
        ('servers', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='server',
            name='server_name_unique_ignoring_case',
        ),
        migrations.AddField(
            model_name='server',
            name='team',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='servers', to='accounts.team'),
        ),
        migrations.RunPython(give_to_default_team, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='server',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='servers', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='server',
            name='visibility',
            field=models.CharField(choices=[('public', 'public'), ('team', 'team'), ('private', 'private')], default='team', help_text='Who sees it: everybody, its team, or who registered it; grants add to that.', max_length=10),
        ),
        migrations.AlterField(
            model_name='server',
            name='enabled',
            field=models.BooleanField(default=True, help_text='A disabled server is there only for those who may edit it.'),
        ),
        migrations.AddField(
            model_name='server',
            name='name_key',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower('name'), output_field=models.CharField(max_length=200)),
        ),
        migrations.AddField(
            model_name='server',
            name='namespace_key',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(django.db.models.functions.text.Left('name', django.db.models.functions.text.StrIndex('name', models.Value('/'))), models.Value('*'))), output_field=models.CharField(max_length=201)),
        ),
        migrations.AddIndex(
            model_name='server',
            index=models.Index(fields=['namespace_key'], name='server_namespace'),
        ),
        migrations.AddConstraint(
            model_name='server',
            constraint=models.UniqueConstraint(fields=('name_key',), name='server_name_unique_ignoring_case'),
        ),
    ]
