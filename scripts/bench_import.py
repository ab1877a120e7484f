"""Measures the bulk import: documents a second, for reading and for writing, without embedding.

    python -m scripts.bench_import [FILE] [--generated N] [--at-least N]

FILE is an export of the official registry. Each run writes into a new SQLite database in a
temporary folder, as `manage.py import_servers` would. With ``--at-least`` it fails when a run is
slower than that.
"""

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Seconds = tuple[float, float]
EXPORT = ROOT.parent / "shared/data/official/servers_all_versions_2025-12-18.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", nargs="?", type=Path, default=EXPORT)
    parser.add_argument("--generated", type=int, default=20_000, metavar="N")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="N")
    arguments = parser.parse_args()
    if not arguments.file.exists():
        sys.exit(f"{arguments.file} is not there: name an export of the official registry.")
    values = json.loads(arguments.file.read_bytes())["servers"]
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        generated = Path(folder) / "generated.json"
        generated.write_text(json.dumps(multiplied(values, arguments.generated)))
        rates = [measured(arguments.file, Path(folder)), measured(generated, Path(folder))]
    return int(min(rates) < arguments.at_least)


def multiplied(values: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """``count`` entries made from real ones, under names and addresses of their own."""
    made = []
    for number in range(count):
        entry = copy.deepcopy(values[number % len(values)])
        document, copy_number = entry["server"], number // len(values)
        document["name"] = f"{document['name']}-{copy_number}"
        for remote in document.get("remotes", []):
            remote["url"] = f"{remote['url']}/{copy_number}"
        made.append(entry)
    return made


def measured(path: Path, folder: Path) -> float:
    """Import ``path`` twice in a process of its own; the documents a second of the first time."""
    home = Path(tempfile.mkdtemp(dir=folder))
    environment = os.environ | {"ROLLCALL_HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/db"}
    answer = subprocess.run(
        [sys.executable, "-c", "from scripts.bench_import import run; run()", str(path)],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "registry_site.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result = json.loads(answer.stdout.splitlines()[-1])
    documents = result.pop("documents")
    print(f"{path.name}: {documents:,} documents")
    for step, (seconds, of_processor) in result.items():
        print(
            f"  {step:<9} {seconds:8.2f} s {documents / seconds:8,.0f} /s"
            f" {of_processor:8.2f} s of processor {documents / of_processor:8,.0f} /s"
        )
    return float(documents / result["together"][0])


def run() -> None:
    """In the process that is measured."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from servers.models import ServerVersion
    from servers.signals import catalogue_changed

    catalogue_changed.receivers.clear()  # no broker runs here that could be rung
    path = Path(sys.argv[1])
    reading, writing = imported(path)
    again = added(*imported(path))
    result = {"reading": reading, "writing": writing, "together": added(reading, writing)}
    print(json.dumps(result | {"again": again, "documents": ServerVersion.objects.count()}))


def imported(path: Path) -> tuple[Seconds, Seconds]:
    """How long reading took, and writing."""
    from django.utils import timezone

    from accounts.models import Team
    from registry_site.lib.progress import NoProgress
    from servers.importing import ImportReport, Newcomers, import_entries, read_entries

    report, began = ImportReport(), clocks()
    entries = read_entries([path], report=report, progress=NoProgress())
    read = clocks()
    import_entries(
        entries,
        now=timezone.now(),
        newcomers=Newcomers(team=Team.objects.default()),
        report=report,
        progress=NoProgress(),
    )
    return since(began, read), since(read, clocks())


def clocks() -> Seconds:
    """On the wall, and of the processor for this process: others may be busy beside it."""
    return time.perf_counter(), time.process_time()


def since(began: Seconds, ended: Seconds) -> Seconds:
    return ended[0] - began[0], ended[1] - began[1]


def added(first: Seconds, second: Seconds) -> Seconds:
    return first[0] + second[0], first[1] + second[1]


if __name__ == "__main__":
    sys.exit(main())
