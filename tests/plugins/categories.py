"""Every test has a type and a domain, which it mostly owes to the folder it stands in.

``tests/unit`` and ``tests/integration`` give the type, the folder below gives the domain. A mark
on the test is stronger than its folder. A test in no domain's folder is of the domain whose
service it asks for. What has no type or no domain after that fails the collection.
"""

from pathlib import Path

import pytest

TYPES = ("unit", "integration", "e2e")
DOMAINS = ("auth", "servers", "search", "health", "core", "repositories")
# Folders that are named after a layer of the code rather than after a domain.
DOMAIN_OF_FOLDER = {name: name for name in DOMAINS} | {"api": "core", "services": "core"}
TESTS = Path(__file__).parent.parent
DOMAIN_OF_FIXTURE = {
    "auth_service": "auth",
    "server_service": "servers",
    "health_service": "health",
    "real_faiss_service": "search",
}
# What an integration test may connect to.
THIS_MACHINE = ["127.0.0.1", "::1"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        add_marks(item)
        add_socket_mark(item)
    uncategorised = [sentence for item in items if (sentence := what_is_missing(item))]
    if uncategorised:
        raise pytest.UsageError("\n".join(uncategorised))


def add_marks(item: pytest.Item) -> None:
    """Mark ``item`` with its type and domain where it does not say them itself."""
    folders = item.path.relative_to(TESTS).parts[:-1]
    if folders and folders[0] in TYPES and not marks_among(item, TYPES):
        item.add_marker(folders[0])
    if not marks_among(item, DOMAINS) and (domain := domain_of(item, folders)):
        item.add_marker(domain)


def domain_of(item: pytest.Item, folders: tuple[str, ...]) -> str | None:
    """The domain of the folder, or that of the first service the test asks for."""
    if len(folders) > 1 and folders[1] in DOMAIN_OF_FOLDER:
        return DOMAIN_OF_FOLDER[folders[1]]
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return next((DOMAIN_OF_FIXTURE[name] for name in fixtures if name in DOMAIN_OF_FIXTURE), None)


def add_socket_mark(item: pytest.Item) -> None:
    """No socket for a unit test; this machine only for the others."""
    if item.get_closest_marker("unit"):
        item.add_marker("disable_socket")
    else:
        item.add_marker(pytest.mark.allow_hosts(THIS_MACHINE))


def what_is_missing(item: pytest.Item) -> str:
    """A sentence that says which mark ``item`` lacks; empty when it has a type and a domain."""
    for kind, names in (("type", TYPES), ("domain", DOMAINS)):
        if not marks_among(item, names):
            return (
                f"{item.nodeid} has no {kind}: move it to the folder of one, "
                f"or mark it with one of {', '.join(names)}."
            )
    return ""


def marks_among(item: pytest.Item, names: tuple[str, ...]) -> list[str]:
    return [mark.name for mark in item.iter_markers() if mark.name in names]
