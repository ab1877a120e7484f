"""docs/configuration.md and registry_site/settings.py name the same variables."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Read elsewhere: by `make run`, before Django is there to ask.
NOT_IN_THE_SETTINGS = {"ROLLCALL_PORT", "ROLLCALL_DEMO"}

READ = re.findall(
    r'(?:env\.\w+|secret)\(\s*"(\w+)"', (ROOT / "registry_site" / "settings.py").read_text()
)


@pytest.fixture(scope="module")
def documented() -> set[str]:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    return set(re.findall(r"`([A-Z][A-Z0-9_]+)`", text))


@pytest.mark.parametrize("variable", sorted(set(READ)))
def test_a_variable_that_is_read_is_documented(variable: str, documented: set[str]) -> None:
    assert variable in documented, f"describe {variable} in docs/configuration.md"


def test_the_settings_were_found_at_all() -> None:
    assert {"ROLLCALL_HOME", "DATABASE_URL", "ROLLCALL_SECRET_KEY"} <= set(READ)
