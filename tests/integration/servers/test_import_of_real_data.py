"""The official registry's whole export, where it lies beside the repository."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from servers.models import Server, ServerVersion

EXPORT = Path(__file__).parents[4] / "shared/data/official/servers_all_versions_2025-12-18.json"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not EXPORT.exists(), reason=f"{EXPORT.name} is not at hand"),
]


def test_the_whole_official_registry_is_imported() -> None:
    said = StringIO()

    call_command("import_servers", str(EXPORT), "--verbosity=0", stdout=said)

    assert Server.objects.count() == 1108
    assert ServerVersion.objects.count() == 2794
    assert ServerVersion.objects.filter(is_latest=True).count() == 1108
    assert "269 × repository was left out" in said.getvalue()
    assert "refused    0 documents" in said.getvalue()
