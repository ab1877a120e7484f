"""docs/configuration.md names every variable that the program reads, and no other."""

import re
from pathlib import Path

from scripts.prepare import DEFAULTS, NUMBERS

ROOT = Path(__file__).resolve().parents[3]
READ = re.compile(r'(?:env\.\w+|secret)\(\s*"([A-Z_]+)"')
ROW = re.compile(r"^\| `([A-Z_]+)`", re.MULTILINE)
# Django's own name for its settings module; changing it makes another program.
NOT_FOR_USERS = {"DJANGO_SETTINGS_MODULE"}


def test_the_page_and_the_program_name_the_same_variables() -> None:
    settings = (ROOT / "registry_site" / "settings.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert (
        set(ROW.findall(page))
        == (set(READ.findall(settings)) | set(DEFAULTS) | set(NUMBERS)) - NOT_FOR_USERS
    )
