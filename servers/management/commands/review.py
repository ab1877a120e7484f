"""``manage.py review``: what awaits its review, and the decision about it, from the shell."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry_site.lib.json_diff import in_words
from registry_site.lib.printable import printable
from servers.comparing import what_changes
from servers.models import Server, ServerVersion
from servers.scanning import visible
from servers.services import (
    LONGEST_REVIEW_REASON,
    InvalidMove,
    UrlTaken,
    approve_version,
    reject_version,
)


class Command(BaseCommand):
    help = "Lists the versions that await their review; shows, approves or rejects one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="SERVER", nargs="?", help="its name: namespace/name")
        parser.add_argument("version", metavar="VERSION", nargs="?")
        decision = parser.add_mutually_exclusive_group()
        decision.add_argument("--approve", action="store_true", help="put it into the catalogue")
        decision.add_argument("--reject", metavar="REASON", help="keep it out, and say why")

    def handle(
        self,
        *,
        name: str | None,
        version: str | None,
        approve: bool,
        reject: str | None,
        **options: Any,
    ) -> None:
        if name is None or version is None:
            if name or approve or reject is not None:
                raise CommandError("Say which: SERVER VERSION.", returncode=2)
            self._list()
        elif approve or reject is not None:
            self._decide(_version(name, version), reject)
        else:
            self._show(_version(name, version))

    def _list(self) -> None:
        pending = ServerVersion.objects.undecided()
        for version in pending.select_related("server", "submitted_by"):
            by = version.submitted_by.username if version.submitted_by else "a command"
            submitted = f"{version.updated_at:%Y-%m-%d %H:%M} by {by}"
            self.stdout.write(f"{version.server.name} {version.version}, submitted {submitted}")

    def _show(self, version: ServerVersion) -> None:
        self.stdout.write(f"{version.server.name} {version.version}: {version.review_state}")
        for difference in what_changes(version):
            self.stdout.write(f"  {printable(visible(in_words(difference)))}")

    def _decide(self, version: ServerVersion, reason: str | None) -> None:
        now = timezone.now()
        try:
            if reason is None:
                approve_version(version=version, by=None, now=now)
            else:
                reject_version(version=version, reason=_checked(reason), by=None, now=now)
        except (InvalidMove, UrlTaken, Server.DoesNotExist) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{version.server.name} {version.version}: {version.review_state}")


def _version(name: str, version: str) -> ServerVersion:
    rows = ServerVersion.objects.select_related("server")
    found = rows.filter(server__name_key=name.lower(), version=version).first()
    if found is None:
        raise CommandError(f"There is no version {version!r} of {name!r}.", returncode=2)
    return found


def _checked(reason: str) -> str:
    if not reason.strip() or len(reason) > LONGEST_REVIEW_REASON:
        raise CommandError(f"Say why, in {LONGEST_REVIEW_REASON} characters at most.", returncode=2)
    return reason
