"""The official registry's whole export, where it lies beside the repository."""

from io import StringIO

import pytest
from django.core.management import call_command

from servers.models import Server, ServerVersion
from tests.fixtures.official_registry import EXPORT, needs_export

pytestmark = [pytest.mark.django_db, needs_export]


def test_the_whole_official_registry_is_imported() -> None:
    said = StringIO()

    call_command("import_servers", str(EXPORT), "--verbosity=0", stdout=said)

    assert Server.objects.count() == 1108
    assert ServerVersion.objects.count() == 2794
    assert ServerVersion.objects.filter(is_latest=True).count() == 1108
    assert "269 × repository was left out" in said.getvalue()
    assert "refused    0 documents" in said.getvalue()
