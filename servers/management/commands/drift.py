"""``manage.py drift``: what servers changed of what they offer, and what is decided about it."""

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from registry_site.lib.json_diff import in_words
from registry_site.lib.printable import printable
from servers.management.arguments import server_named
from servers.models import FeatureChange, Server
from servers.scanning import visible
from servers.services import (
    LONGEST_DECISION_REASON,
    AlreadyDecided,
    Decision,
    accept_all,
    decide_changes,
)

# Characters of a value in the list; the whole of it is in the API and the admin.
LONGEST_SHOWN = 80


class Command(BaseCommand):
    help = "Lists the changes that nobody has decided yet, and accepts or rejects them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="list|accept|reject")
        listing = verbs.add_parser("list", help="the default")
        listing.add_argument("--server", metavar="NAME", help="of one server")
        for verb, sense in (
            ("accept", "show what changed from now on"),
            ("reject", "keep what was approved"),
        ):
            deciding = verbs.add_parser(verb, help=sense)
            deciding.add_argument("ids", nargs="*", type=int, metavar="ID", help="as listed")
            deciding.add_argument("--reason", default="", help="why; needed to reject")
            if verb == "accept":
                deciding.add_argument("--all", metavar="NAME", help="all of a server")

    def handle(self, *, verb: str | None, **options: Any) -> None:
        if verb in (None, "list"):
            for line in lines_of(options.get("server")):
                self.stdout.write(printable(visible(line)))
        elif options.get("all"):
            self._accept_all(options["all"], checked(options["reason"]))
        else:
            self._decide(Decision(verb), options["ids"], checked(options["reason"]))

    def _accept_all(self, name: str, reason: str) -> None:
        count = accept_all(server=server_named(name), by=None, reason=reason, now=timezone.now())
        self.stdout.write(f"{count} accepted.")

    def _decide(self, decision: Decision, ids: list[int], reason: str) -> None:
        if decision is Decision.REJECT and not reason:
            raise CommandError("A rejection needs a --reason.", returncode=2)
        with transaction.atomic():
            for line in decide(decision, changes_of(ids), reason):
                self.stdout.write(line)


def decide(decision: Decision, changes: list[FeatureChange], reason: str) -> Iterator[str]:
    """A line for each server. Raises ``CommandError`` where there is nothing to decide."""
    for server, of_server in groupby(changes, key=lambda change: change.server):
        decided = list(of_server)
        try:
            decide_changes(
                server=server,
                changes=decided,
                decision=decision,
                by=None,
                reason=reason,
                now=timezone.now(),
            )
        except (AlreadyDecided, Server.DoesNotExist) as error:
            raise CommandError(f"{server.name}: {error}", returncode=2) from error
        yield f"{server.name}: {len(decided)} decided."


def checked(reason: str) -> str:
    if len(reason) > LONGEST_DECISION_REASON:
        raise CommandError(
            f"A reason has {LONGEST_DECISION_REASON} characters at most.", returncode=2
        )
    return reason.strip()


def changes_of(ids: list[int]) -> list[FeatureChange]:
    """The changes, by server."""
    if not ids:
        raise CommandError("Say which: the ids that the list shows.", returncode=2)
    changes = FeatureChange.objects.filter(pk__in=ids).select_related("server")
    if missing := set(ids) - {change.pk for change in changes}:
        raise CommandError(f"There is no change {min(missing)}.", returncode=2)
    return list(changes.order_by("server", "pk"))


def lines_of(name: str | None) -> Iterator[str]:
    """A line for each undecided change, and one for each field that differs."""
    changes = FeatureChange.objects.undecided().select_related("server").order_by("pk")
    if name is not None:
        changes = changes.filter(server=server_named(name))
    for change in changes.iterator():
        what = f"{change.kind} {change.name} {change.change}"
        yield f"{change.pk}  {change.server.name}  {what}  ({change.get_state_display()})"
        for each in change.differences:
            yield f"    {in_words(each, longest=LONGEST_SHOWN)}"
    yield f"{changes.count()} undecided."
