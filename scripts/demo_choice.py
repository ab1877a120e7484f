"""What a home was told about the demonstration: nothing yet, no, or the port it was loaded with.

Its live servers take their port from here, so that it is the one the catalogue names.
"""

from pathlib import Path

NO = 0


def choice_file(home: Path) -> Path:
    return home / "demo"


def choice(home: Path) -> int | None:
    """The port of the live servers, ``NO``, or ``None`` while nobody chose."""
    file = choice_file(home)
    return int(file.read_text()) if file.exists() else None


def remember(home: Path, port: int) -> None:
    choice_file(home).write_text(str(port))
