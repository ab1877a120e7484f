"""``manage.py apply``: the catalogue says what a folder says, all of it or nothing."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEvent
from servers.as_code.texts import dump_yaml
from servers.models import Policy, ReviewState, Server, ServerVersion, Source, Status
from servers.services import delete_server
from servers.signals import catalogue_changed
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    TeamFactory,
    document,
)

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"


def apply(folder: Path, *options: str) -> str:
    """What the command says."""
    said = StringIO()
    call_command("apply", str(folder), *options, stdout=said)
    return said.getvalue()


def refusal(folder: Path, *options: str) -> list[str]:
    """What the command says is wrong, with paths relative to the folder; nothing is changed."""
    before = state()
    with pytest.raises(CommandError) as refused:
        apply(folder, *options)
    assert refused.value.returncode == 2
    assert state() == before
    return str(refused.value).replace(f"{folder}/", "").splitlines()


def state() -> list[Any]:
    """Everything that an apply may change, the audit trail included."""
    return [
        list(Server.objects.order_by("pk").values()),
        list(ServerVersion.objects.order_by("pk").values()),
        list(Source.objects.order_by("pk").values()),
        list(Server.tags.through.objects.values_list("server", "tag__name")),
        AuditEvent.objects.count(),
    ]


def write(folder: Path, *versions: Any, registry: dict[str, Any] | None = None) -> None:
    """The file of the server that the first version names; a version is a document or a block."""
    blocks = [it if "server" in it else {"server": it} for it in versions]
    value = {"registry": registry or {}, "versions": blocks}
    path = folder / f"{blocks[0]['server']['name']}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump_yaml(value))


def the_server() -> Server:
    return Server.objects.get(name=NAME)


EVERYTHING = {
    "team": "ops",
    "visibility": "public",
    "category": "Weather",
    "tags": ["forecast", "maps"],
    "labels": {"tier": "gold"},
    "aliases": ["wx"],
    "contact": "#weather",
    "runbook_url": "https://runbooks.example.org/weather",
    "monitored": False,
    "enabled": False,
    "pinned": True,
    "successor": "org.example/weather2",
}


def test_a_new_server_has_all_that_its_file_says(temp_dir: Path) -> None:
    TeamFactory.create(slug="ops")
    write(temp_dir, document(), registry=EVERYTHING)
    write(temp_dir, document(name="org.example/weather2", remotes=None))

    apply(temp_dir)

    server = the_server()
    assert (server.team.slug, server.visibility, server.category) == ("ops", "public", "Weather")
    assert (server.contact, server.runbook_url) == (
        "#weather",
        "https://runbooks.example.org/weather",
    )
    assert (server.monitored, server.enabled, server.pinned) == (False, False, True)
    assert server.labels == {"tier": "gold"}
    assert server.successor == Server.objects.get(name="org.example/weather2")
    assert [tag.name for tag in server.tags.all()] == ["forecast", "maps"]
    assert [alias.word for alias in server.aliases.all()] == ["wx"]


def test_versions_have_their_dates_and_their_status(temp_dir: Path) -> None:
    write(
        temp_dir,
        {
            "server": document(version="nightly"),
            "status": "deprecated",
            "status_message": "Use 'stable'.",
            "published_at": "2025-05-01T00:00:00Z",
        },
        {"server": document(version="stable"), "published_at": "2025-03-01T00:00:00Z"},
    )

    apply(temp_dir)

    nightly, stable = the_server().versions.order_by("version")
    assert (nightly.status, nightly.status_message) == (Status.DEPRECATED, "Use 'stable'.")
    assert nightly.published_at == datetime(2025, 5, 1, tzinfo=UTC)
    assert stable.status == Status.ACTIVE
    assert the_server().latest_version == nightly


def test_applying_again_changes_nothing(temp_dir: Path) -> None:
    TeamFactory.create(slug="ops")
    write(temp_dir, document(), document(version="1.1.0"), registry=EVERYTHING)
    write(temp_dir, document(name="org.example/weather2", remotes=None))
    apply(temp_dir)
    before = state()

    said = apply(temp_dir, "--prune")

    assert said == "create 0, restore 0, update 0, delete 0, unchanged 2\n"
    assert state() == before


def test_what_differs_is_changed_and_said_field_by_field(temp_dir: Path) -> None:
    write(temp_dir, document(), registry={"category": "Maps", "tags": ["old"]})
    apply(temp_dir)
    later = document(version="1.1.0", description="Forecasts.")
    write(
        temp_dir,
        {"server": document(), "status": "deprecated"},
        later,
        registry={"tags": ["new"], "labels": {"tier": "gold"}},
    )

    said = apply(temp_dir).splitlines()

    assert said == [
        "update org.example/weather",
        '  registry.category: "Maps" -> ""',
        '  registry.labels.tier: + "gold"',
        '  registry.tags: ["old"] -> ["new"]',
        '  version 1.0.0: status: "active" -> "deprecated"',
        "  version 1.1.0: published",
        '  version 1.1.0: description: "Forecasts and warnings for any place." -> "Forecasts."',
        '  version 1.1.0: version: "1.0.0" -> "1.1.0"',
        "create 0, restore 0, update 1, delete 0, unchanged 0",
    ]
    server = the_server()
    assert (server.category, server.labels) == ("", {"tier": "gold"})
    assert server.latest_version.document == later
    assert server.versions.get(version="1.0.0").status == Status.DEPRECATED


def test_a_dry_run_says_the_same_and_changes_nothing(temp_dir: Path) -> None:
    write(temp_dir, document())
    before = state()

    said = apply(temp_dir, "--dry-run").splitlines()

    assert said[:2] == ["create org.example/weather", "  version 1.0.0: published"]
    assert said[-1] == "Nothing was changed: this was a dry run."
    assert state() == before


def test_a_wrong_file_stops_with_its_line_and_changes_nothing(temp_dir: Path) -> None:
    write(temp_dir, document())
    write(temp_dir, document(name="org.example/zoo", remotes=None, websiteUrl="ftp://x"))

    (said,) = refusal(temp_dir)

    text = (temp_dir / "org.example/zoo.yaml").read_text().splitlines()
    line = text.index("    websiteUrl: ftp://x") + 1
    assert said == f"org.example/zoo.yaml:{line}: versions[0].server.websiteUrl: {HTTPS}"


HTTPS = "must be an https:// URL."


def test_a_published_version_does_not_change(temp_dir: Path) -> None:
    write(temp_dir, document())
    apply(temp_dir)
    write(temp_dir, document(description="Other."), registry={"category": "Maps"})

    (said,) = refusal(temp_dir)

    assert said == (
        "org.example/weather.yaml:4: versions[0].server: Version 1.0.0 is published with another "
        "document, which cannot change. "
        'description: "Forecasts and warnings for any place." -> "Other."'
    )


def test_everything_that_stands_in_the_way_is_told(temp_dir: Path) -> None:
    ServerFactory.create(name="org.example/Weather")
    registry = {"team": "nobody", "successor": "org.example/absent"}
    write(temp_dir, document(), registry=registry)

    assert [said.partition(": ")[2] for said in refusal(temp_dir)] == [
        "registry.team: There is no team 'nobody'.",
        "registry.successor: There is no server 'org.example/absent'.",
        "versions[0].server.name: differs only in case from org.example/Weather, which is "
        "registered.",
    ]


def test_what_a_service_refuses_is_told_of_every_server_at_once(temp_dir: Path) -> None:
    taken = ServerFactory.create(name="org.example/taken")
    taken.aliases.create(word="wx")
    write(temp_dir, document(name="org.example/a", remotes=None), registry={"aliases": ["wx"]})
    write(temp_dir, document(name="0rg.example/taken", remotes=None))

    assert refusal(temp_dir) == [
        "0rg.example/taken.yaml:3: versions[0].server: "
        "'0rg.example/taken' looks like a name that is taken.",
        "org.example/a.yaml:5: versions[0].server: The alias 'wx' is taken.",
    ]


def test_a_server_is_not_its_own_successor(temp_dir: Path) -> None:
    write(temp_dir, document(), registry={"successor": NAME})

    assert refusal(temp_dir) == [
        "org.example/weather.yaml:2: registry.successor: must be another server."
    ]


def test_a_bare_document_leaves_the_rest_as_it_is(temp_dir: Path) -> None:
    server = ServerFactory.create(name=NAME, category="Maps", visibility="public")
    (temp_dir / "server.yaml").write_text(dump_yaml(document(version="1.1.0")))

    apply(temp_dir)

    server.refresh_from_db()
    assert (server.category, server.visibility) == ("Maps", "public")
    assert server.latest_version.version == "1.1.0"


def test_what_files_leave_out_is_said_by_the_options(temp_dir: Path) -> None:
    TeamFactory.create(slug="ops")
    write(temp_dir, document())

    apply(temp_dir, "--team", "ops", "--visibility", "public")

    assert (the_server().team.slug, the_server().visibility) == ("ops", "public")


def test_a_policy_may_ask_for_a_review(temp_dir: Path) -> None:
    Policy.objects.create(pattern="org.example/*", review=Policy.Review.REQUIRED)
    write(temp_dir, document())

    apply(temp_dir)
    said = apply(temp_dir)

    assert the_server().latest_version.review_state == ReviewState.PENDING
    assert said == "create 0, restore 0, update 0, delete 0, unchanged 1\n"


def test_a_draft_gives_way_to_the_file(temp_dir: Path) -> None:
    server = ServerFactory.create(name=NAME, version=None, published=False)
    ServerVersionFactory.create(server=server, review_state=ReviewState.DRAFT)
    write(temp_dir, document())

    apply(temp_dir)

    version = the_server().latest_version
    assert (version.document, version.review_state) == (document(), ReviewState.APPROVED)


def test_pruning_deletes_what_the_folder_brought_and_nothing_else(temp_dir: Path) -> None:
    ServerFactory.create(name="org.example/by-hand")
    write(temp_dir / "a", document(name="org.example/a", remotes=None))
    write(temp_dir / "b", document(name="org.example/b", remotes=None))
    apply(temp_dir / "a", "--source", "a")
    apply(temp_dir / "b", "--source", "b")
    (temp_dir / "a/org.example/a.yaml").unlink()

    assert apply(temp_dir / "a", "--source", "a") == f"{NOTHING}\n"
    said = apply(temp_dir / "a", "--source", "a", "--prune")

    assert said.startswith("delete org.example/a\n")
    assert sorted(Server.objects.not_deleted().values_list("name", flat=True)) == [
        "org.example/b",
        "org.example/by-hand",
    ]


NOTHING = "create 0, restore 0, update 0, delete 0, unchanged 0"


def test_what_was_deleted_comes_back_with_its_file(temp_dir: Path) -> None:
    write(temp_dir, document())
    apply(temp_dir)
    delete_server(server=the_server(), now=CREATED_AT)

    said = apply(temp_dir)

    assert said.startswith("restore org.example/weather\n")
    assert the_server().deleted_at is None
    assert the_server().latest_version.status == Status.ACTIVE


def test_a_folder_does_not_go_by_the_name_of_a_mirror(temp_dir: Path) -> None:
    write(temp_dir, document())
    apply(temp_dir, "--source", "ours")
    Source.objects.update(kind=Source.Kind.REGISTRY, location="https://example.org")

    assert refusal(temp_dir, "--source", "ours") == [
        "The source 'ours' is a mirror: apply the folder under another name."
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--source", "a b"], "--source: Enter a valid “slug”"),
        (["--team", "nobody"], "There is no team 'nobody'."),
    ],
)
def test_wrong_options_are_refused(temp_dir: Path, options: list[str], said: str) -> None:
    assert refusal(temp_dir, *options)[0].startswith(said)


def test_all_that_changed_is_told_of_once(
    temp_dir: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    write(temp_dir, document(), document(version="1.1.0"))
    write(temp_dir, document(name="org.example/other", remotes=None))
    told: list[list[int]] = []

    def listen(server_ids: list[int], **_: Any) -> None:
        told.append(server_ids)

    catalogue_changed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        apply(temp_dir)
    catalogue_changed.disconnect(listen)

    assert [sorted(ids) for ids in told] == [sorted(Server.objects.values_list("pk", flat=True))]


def test_a_folder_that_is_not_there_is_named(temp_dir: Path) -> None:
    assert refusal(temp_dir / "absent")[0].endswith("absent: no such folder.")
