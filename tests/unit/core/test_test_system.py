"""The promises of the test system itself."""

import ast
import importlib
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.cache import cache
from pytest_django.fixtures import Settings

from search import embedding, index
from search.index.memory_index import MemoryIndex
from tests.fixtures.embeddings import HEAVY_PACKAGES, RealModelBlocked, WordHashEmbedder
from tests.plugins.categories import TESTS, add_marks, what_is_missing
from tests.plugins.memory import LIMIT_MB, MemoryOfRun, peak_mb

LONGEST_TEST = 30


class Item(SimpleNamespace):
    """As much of a pytest item as marks are about."""

    def add_marker(self, name: str) -> None:
        self.marks.append(name)

    def iter_markers(self) -> list[Any]:
        return [SimpleNamespace(name=name) for name in self.marks]


def marks_of(path: str, *marks: str, fixtures: tuple[str, ...] = ()) -> list[str]:
    item = Item(path=TESTS / path, nodeid=path, marks=list(marks), fixturenames=fixtures)
    add_marks(item)  # type: ignore[arg-type]
    return [*item.marks, what_is_missing(item)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "given", "marks"),
    [
        ("unit/auth/test_a.py", [], ["unit", "auth", ""]),
        ("unit/api/test_a.py", [], ["unit", "core", ""]),
        ("integration/health/test_a.py", ["slow"], ["slow", "integration", "health", ""]),
        ("integration/test_a.py", ["servers"], ["servers", "integration", ""]),
        ("integration/test_a.py", ["e2e", "core"], ["e2e", "core", ""]),
        ("unit/core/test_a.py", ["auth"], ["auth", "unit", ""]),
    ],
)
def test_a_test_owes_its_marks_to_its_folder_unless_it_has_some(
    path: str, given: list[str], marks: list[str]
) -> None:
    assert marks_of(path, *given) == marks


def test_a_test_in_no_domains_folder_is_of_the_service_it_asks_for() -> None:
    assert marks_of("test_a.py", "unit", fixtures=("server_service",)) == ["unit", "servers", ""]


@pytest.mark.parametrize(("path", "missing"), [("test_a.py", "type"), ("unit/test_a.py", "domain")])
def test_a_test_that_lacks_a_mark_is_told_which(path: str, missing: str) -> None:
    assert marks_of(path)[-1].startswith(f"{path} has no {missing}: ")


@pytest.mark.parametrize("package", HEAVY_PACKAGES)
def test_importing_a_model_library_is_refused_with_the_mark_to_use(package: str) -> None:
    with pytest.raises(RealModelBlocked, match=r"@pytest\.mark\.requires_models"):
        importlib.import_module(package)


def test_opening_a_real_model_is_refused() -> None:
    with pytest.raises(RealModelBlocked):
        embedding._open(None, None, threads=1)  # type: ignore[arg-type]


def test_every_way_to_a_model_leads_to_the_mock(mock_embeddings: WordHashEmbedder) -> None:
    assert embedding.get_embedder() is mock_embeddings
    assert embedding.ensure_model() is mock_embeddings
    assert embedding.ready_model().model_key == "word-hash-64"


def test_the_index_is_the_one_in_memory(mock_faiss_service: type[MemoryIndex]) -> None:
    assert index.vector_index_class() is mock_faiss_service


def test_texts_that_share_words_are_nearer(mock_embeddings: WordHashEmbedder) -> None:
    query, near, far = mock_embeddings.encode(
        ["weather tomorrow", "The weather forecast", "charge a card"]
    )

    assert query @ near > query @ far
    assert np.linalg.norm(query) == pytest.approx(1)


def test_a_unit_test_opens_no_socket() -> None:
    with pytest.raises(RuntimeError, match="socket"):
        socket.create_connection(("127.0.0.1", 9))


@pytest.mark.parametrize("value", ["first", "second"])
def test_what_a_test_changes_is_gone_in_the_next(
    value: str, test_settings: Settings, temp_dir: Path
) -> None:
    assert cache.get("left-over") is None
    assert temp_dir / "index" == test_settings.INDEX_DIR
    assert settings.ANONYMOUS_READ is True

    cache.set("left-over", value)
    test_settings.ANONYMOUS_READ = False


@pytest.mark.parametrize(
    ("peak", "torch", "models", "complaints"),
    [(LIMIT_MB, False, False, 0), (LIMIT_MB + 1, False, False, 1), (1, True, False, 1)]
    + [(LIMIT_MB + 1, True, True, 0)],
)
def test_memory_and_torch_are_limited_where_no_models_are_wanted(
    peak: int, torch: bool, models: bool, complaints: int
) -> None:
    run = MemoryOfRun()
    run.add(peak_mb=peak, torch_imported=torch, models_wanted=models)
    run.add(peak_mb=1, torch_imported=False, models_wanted=False)

    assert run.peak_mb == peak
    assert len(run.complaints()) == complaints


def test_the_peak_is_that_of_a_running_interpreter() -> None:
    assert 20 < peak_mb() < 10_000


def test_no_test_is_longer_than_thirty_lines() -> None:
    too_long = [
        f"{path.relative_to(TESTS)}::{node.name}"
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and (node.end_lineno or 0) - node.lineno >= LONGEST_TEST
    ]
    assert too_long == []
