"""A recipe to start a server on somebody's machine is text to the registry, whatever it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team
from healthchecks.services import sweep
from servers.models import HealthState, Server
from tests.fixtures.factories import document, member_of

pytestmark = pytest.mark.django_db

NAME = "org.example/recipe"


def recipe(canary: Path, commands: str) -> dict[str, Any]:
    """A document with ``commands`` in each place that ends in a command line somewhere."""
    said = {"type": "positional", "value": commands, "valueHint": "argument"}
    package = {
        "registryType": "npm",
        "identifier": "recipe",
        "version": "1.0.0",
        "runtimeHint": "npx",
        "runtimeArguments": [said],
        "packageArguments": [said],
        "environmentVariables": [{"name": "CANARY", "value": commands}],
        "transport": {"type": "stdio"},
    }
    return document(name=NAME, remotes=None, packages=[package])


@pytest.mark.parametrize(
    "shell",
    ["touch {0}", "; touch {0} #", "$(touch {0})", "`touch {0}`", "| tee {0}", "x && touch {0}"],
)
def test_shell_text_in_a_recipe_is_never_executed(shell: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    body = recipe(canary, shell.format(canary))
    client = APIClient()
    client.force_authenticate(member_of(Team.objects.default(), Role.ADMIN))

    registered = client.post("/api/servers", {**body, "visibility": "public"})
    assert registered.status_code == 201, registered.content
    sweep(clock=timezone.now)
    client.post(f"/api/servers/{NAME}/check")
    for path in ("", "/tools", "/configuration", "/versions"):
        client.get(f"/api/servers/{NAME}{path}")
    Client().get(f"/servers/{NAME}")
    file = tmp_path / "server.json"
    file.write_text(json.dumps(body | {"version": "2.0.0"}), encoding="utf-8")
    call_command("import_servers", file, verbosity=0)

    assert Server.objects.get().health_state == HealthState.LOCAL
    assert not canary.exists()
