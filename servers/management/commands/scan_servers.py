"""``manage.py scan_servers [SERVER...]``: the description scan over the whole catalogue again."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from registry_site.lib.printable import printable
from registry_site.lib.progress import progress_bar
from servers.models import Finding, Server
from servers.scanning import visible
from servers.scanning.recording import record_findings_of_many

# Servers scanned in one transaction: others wait for it for some tenths of a second.
BATCH = 50


class Command(BaseCommand):
    help = (
        "Scans the texts of servers for what a person should look at, as after a change of the "
        "rules, and prints what is found. Findings warn; nothing is refused or hidden for one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "servers", nargs="*", metavar="SERVER", help="their names; all servers if left out"
        )

    def handle(self, *, servers: list[str], **options: Any) -> None:
        ids = list(_named(servers).values_list("pk", flat=True))
        with progress_bar("Scanning", shown=options["verbosity"] > 0) as progress:
            progress.total(len(ids))
            for start in range(0, len(ids), BATCH):
                batch = ids[start : start + BATCH]
                record_findings_of_many(server_ids=batch, now=timezone.now())
                progress.advance(len(batch))
        findings = Finding.objects.filter(server__in=_named(servers)).select_related("server")
        self.stdout.write("\n".join(table_of(findings)))


def _named(names: list[str]) -> QuerySet[Server]:
    """The servers to scan. Raises ``CommandError`` for a name that no server has."""
    there = Server.objects.not_deleted().order_by("name")
    if not names:
        return there
    named = there.filter(name_key__in=[name.lower() for name in names])
    known = {server.name_key for server in named}
    if missing := [name for name in names if name.lower() not in known]:
        raise CommandError(f"There is no server {missing[0]!r}.", returncode=2)
    return named


def table_of(findings: QuerySet[Finding]) -> Iterator[str]:
    """A line for each finding, then how often each rule saw something."""
    rules: Counter[str] = Counter()
    for each in findings:
        rules[each.rule] += 1
        where = printable(visible(f"{each.kind} {each.name}")).rstrip()
        span = f"{each.path}[{each.start}:{each.end}]"
        yield f"{each.rule:<18}  {each.server.name}  {where}  {span}  {each.excerpt!r}"
    for rule, count in rules.most_common():
        yield f"{count:>6} × {rule}"
    yield f"{rules.total()} findings."
