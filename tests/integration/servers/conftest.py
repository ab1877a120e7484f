"""A registry for the sources of this folder to mirror."""

from collections.abc import Iterator

import pytest

from tests.fixtures.registries import FakeRegistry


@pytest.fixture
def registry() -> FakeRegistry:
    """An empty one, which a module fills by a fixture of the same name."""
    return FakeRegistry()


@pytest.fixture
def registry_url(registry: FakeRegistry) -> Iterator[str]:
    """Where ``registry`` is running."""
    with registry.running() as address:
        yield address
