"""Where the test system is put together: its plugins and its fixtures."""

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("rollcall", deadline=None)
# The long run of tests/integration/servers/test_registry_api_fuzz.py: examples an operation.
settings.register_profile("fuzz", deadline=None, max_examples=25)
settings.load_profile("rollcall")

pytest_plugins = [
    "tests.plugins.categories",
    "tests.plugins.models",
    "tests.plugins.memory",
    "tests.plugins.durations",
    "tests.plugins.query_counts",
    "tests.fixtures.clients",
    "tests.fixtures.data",
    "tests.fixtures.embeddings",
    "tests.fixtures.vector_index",
    "tests.fixtures.services",
    "tests.fixtures.fresh_cache",
    "tests.fixtures.oidc_provider",
    "tests.fixtures.stack",
    "tests.fixtures.upstream",
]
