"""``manage.py audit_export``: the audit trail as a file, the oldest event first."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit_export import AuditEventFilter, Format, exported
from accounts.models import AuditEvent


class Command(BaseCommand):
    help = "Write audit events as CSV or JSON lines, to standard output or to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=Format.values, default=Format.CSV)
        parser.add_argument("--output", type=Path, metavar="FILE")
        for name, one in AuditEventFilter.base_filters.items():
            parser.add_argument(f"--{name}", help=one.extra.get("help_text"))

    def handle(self, *, format: str, output: Path | None, **options: Any) -> None:  # noqa: A002
        lines = _lines(Format(format), options)
        if output is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        try:
            with output.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}", returncode=2) from error


def _lines(written_as: Format, options: dict[str, Any]) -> Iterator[str]:
    given = {name: options[name] for name in AuditEventFilter.base_filters if options[name]}
    wanted = AuditEventFilter(given, queryset=AuditEvent.objects.all())
    if not wanted.is_valid():
        name, messages = next(iter(wanted.errors.items()))
        raise CommandError(f"--{name}: {messages[0]}", returncode=2)
    return exported(wanted.qs, written_as)
