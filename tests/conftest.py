"""Where the test system is put together: its plugins and its fixtures."""

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("rollcall", deadline=None)
settings.load_profile("rollcall")

pytest_plugins = [
    "tests.plugins.categories",
    "tests.plugins.models",
    "tests.plugins.memory",
    "tests.plugins.durations",
    "tests.fixtures.clients",
    "tests.fixtures.data",
    "tests.fixtures.embeddings",
    "tests.fixtures.vector_index",
    "tests.fixtures.services",
    "tests.fixtures.fresh_cache",
    "tests.fixtures.oidc_provider",
    "tests.fixtures.stack",
]
