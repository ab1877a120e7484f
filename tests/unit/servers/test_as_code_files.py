"""A folder of files: what is read, and everything that is wrong with it, with its place."""

from pathlib import Path
from typing import Any

import pytest

from servers.as_code import ServerEntry, UnreadableFolder, WrongFiles, read_folder
from servers.as_code.texts import dump_yaml
from servers.models import Status
from tests.fixtures.factories import document

WEATHER = "org.example/weather.yaml"


def write(folder: Path, value: Any, name: str = WEATHER) -> Path:
    """A file with this text, or this value as YAML."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else dump_yaml(value))
    return path


def server_file(registry: dict[str, Any] | None = None, **version: Any) -> dict[str, Any]:
    return {"registry": registry or {}, "versions": [{"server": document(), **version}]}


def problems(folder: Path) -> list[str]:
    """What is wrong with the files of the folder, with paths relative to it."""
    with pytest.raises(WrongFiles) as wrong:
        read_folder(folder)
    return [str(problem).removeprefix(f"{folder}/") for problem in wrong.value.problems]


def the_entry(folder: Path) -> ServerEntry:
    (entry,) = read_folder(folder)
    return entry


def test_a_file_is_what_the_registry_says_and_the_versions(temp_dir: Path) -> None:
    write(
        temp_dir,
        server_file(
            {"team": "ops"},
            status="deprecated",
            status_message="Old.",
            published_at="2026-01-31T12:00:00.5Z",
        ),
    )

    entry = the_entry(temp_dir)

    (version,) = entry.versions
    assert (entry.name, entry.registry) == ("org.example/weather", {"team": "ops"})
    assert (version.version, version.status) == ("1.0.0", Status.DEPRECATED)
    assert version.published_at is not None
    assert version.published_at.isoformat() == "2026-01-31T12:00:00.500000+00:00"


@pytest.mark.parametrize("name", ["server.yaml", "deep/er/server.yml", "server.json"])
def test_a_bare_document_says_nothing_of_the_rest(temp_dir: Path, name: str) -> None:
    write(temp_dir, document(), name.replace("json", "yaml"))

    entry = the_entry(temp_dir)

    assert entry.registry is None
    assert entry.versions[0].accepted.document == document()


def test_what_is_hidden_or_something_else_is_left_out(temp_dir: Path) -> None:
    for name in (".github/workflow.yaml", ".hidden.yaml", "README.md", "x/.git/config.json"):
        write(temp_dir, "not: [ours", name)

    assert read_folder(temp_dir) == []


def test_a_folder_that_is_not_there_is_named(temp_dir: Path) -> None:
    with pytest.raises(UnreadableFolder, match=r"absent: no such folder\."):
        read_folder(temp_dir / "absent")


def test_every_error_of_every_file_is_told(temp_dir: Path) -> None:
    write(temp_dir, "a: [\n", "a.yaml")
    write(temp_dir, '{\n"name": 1,\n"version_": "1"}', "b.json")
    write(temp_dir, server_file({"tags": "one", "teem": "x"}), "c.yaml")

    assert problems(temp_dir) == [
        "a.yaml:2: is not YAML: did not find expected node content.",
        "b.json:1: description: is required.",
        "b.json:1: version: is required.",
        "b.json:2: name: must be a string.",
        "b.json:3: version_: is not a known field. Did you mean version?",
        "c.yaml:2: registry.tags: must be a list of at most 50 strings.",
        "c.yaml:3: registry.teem: is not a known field. Did you mean team?",
    ]


@pytest.mark.parametrize(
    ("registry", "reason"),
    [
        ({"team": 1}, "must be a string; put it in quotation marks."),
        ({"visibility": "everybody"}, "must be one of: public, team, private."),
        ({"category": "x" * 101}, "must be at most 100 characters."),
        ({"tags": ["ok", True]}, "must be a string; put it in quotation marks."),
        ({"tags": [" "]}, "must hold no empty string."),
        ({"labels": ["a"]}, "must be an object of strings."),
        ({"labels": {"tier": 1}}, "tier: a text of up to 200 characters, please."),
        ({"aliases": "k8s"}, "must be a list of at most 20 words."),
        ({"aliases": ["two words"]}, "'two words' is not an alias"),
        ({"runbook_url": "javascript:alert(1)"}, "must be an http:// or https:// URL."),
        ({"monitored": "yes"}, "must be true or false."),
        ({"successor": None}, "must be a string; put it in quotation marks."),
    ],
)
def test_a_wrong_field_of_the_registry_is_named(
    temp_dir: Path, registry: dict[str, Any], reason: str
) -> None:
    write(temp_dir, server_file(registry))

    (problem,) = problems(temp_dir)

    assert problem.startswith(f"{WEATHER}:2: registry.{next(iter(registry))}: {reason}")


@pytest.mark.parametrize(
    ("version", "field", "reason"),
    [
        ({"status": "retired"}, "status", "must be one of: active, deprecated, deleted."),
        ({"status_message": "Why?"}, "status_message", "says why a version is deprecated"),
        ({"published_at": "yesterday"}, "published_at", "must be a moment such as"),
        ({"published_at": "2026-01-31T12:00:00"}, "published_at", "must be a moment such as"),
        ({"published_at": "2026-13-31T12:00:00Z"}, "published_at", "must be a moment such as"),
        ({"date": "x"}, "date", "is not a known field."),
    ],
)
def test_a_wrong_field_of_a_version_is_named(
    temp_dir: Path, version: dict[str, Any], field: str, reason: str
) -> None:
    write(temp_dir, server_file(**version))

    (problem,) = problems(temp_dir)

    assert f": versions[0].{field}: {reason}" in problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "must be an object."),
        ("", "must be an object."),
        ({"versions": []}, "versions: must be a list of at least one version."),
        ({"versions": [1]}, "versions[0]: must be an object."),
        ({"versions": [{}]}, "versions[0].server: is required: the server.json document."),
        ({"registry": {}}, "versions: must be a list of at least one version."),
    ],
)
def test_a_file_of_another_shape_is_refused(temp_dir: Path, value: Any, problem: str) -> None:
    write(temp_dir, value)

    assert problems(temp_dir)[0].partition(": ")[2] == problem


def test_an_unquoted_version_is_a_number_and_refused_at_its_line(temp_dir: Path) -> None:
    text = dump_yaml(document()).replace("version: 1.0.0", "version: 1.10")
    line = text.splitlines().index("version: 1.10") + 1
    write(temp_dir, text)

    assert problems(temp_dir) == [f"{WEATHER}:{line}: version: must be a string."]


def test_the_versions_of_a_file_are_of_one_server_and_differ(temp_dir: Path) -> None:
    other = document(name="org.example/other", version="2.0.0")
    write(temp_dir, {"versions": [{"server": each} for each in (document(), other, document())]})

    assert [problem.partition(": ")[2] for problem in problems(temp_dir)] == [
        "versions[1].server.name: must be 'org.example/weather' in every version.",
        "versions[2].server.version: '1.0.0' stands twice.",
    ]


@pytest.mark.parametrize(
    "name", ["org.example/weather", "org.example/WEATHER", "0rg.example/weather"]
)
def test_two_files_are_not_of_one_server_nor_of_look_alikes(temp_dir: Path, name: str) -> None:
    write(temp_dir, document(), "a.yaml")
    write(temp_dir, document(name=name), "b.yaml")

    (problem,) = problems(temp_dir)

    assert problem.startswith(f"b.yaml:2: name: {name!r} is in ")


def test_a_file_that_is_not_utf_8_or_too_large_is_refused(temp_dir: Path) -> None:
    (temp_dir / "a.yaml").write_bytes(b"name: x\ndescription: b\xe9ta\n")
    (temp_dir / "b.yaml").write_bytes(b"#" * (4 * 1024 * 1024 + 1))

    assert problems(temp_dir) == [
        "a.yaml:2: is not UTF-8.",
        "b.yaml:1: is larger than 4194304 bytes.",
    ]
