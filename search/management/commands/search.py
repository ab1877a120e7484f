"""``manage.py search``: ask the registry from a shell, as somebody who may see everything."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import Principal
from registry_site.lib.text_tables import table
from search.api.serializers import KINDS_OF_TYPE
from search.services import EmptyQuery, QueryTooLong, SearchAnswer, search

MOST_RESULTS = 50
SHOWN_DESCRIPTION = 60


class Command(BaseCommand):
    help = "Searches servers and tools, disabled servers included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--limit", type=int, default=10, help="1 to 50 results, else 10")
        parser.add_argument("--type", choices=list(KINDS_OF_TYPE), default="all", dest="kind")

    def handle(self, *, query: str, limit: int, kind: str, **options: Any) -> None:
        if not 1 <= limit <= MOST_RESULTS:
            raise CommandError(f"--limit must be 1 to {MOST_RESULTS}.", returncode=2)
        try:
            answer = search(
                principal=Principal(user=User(is_superuser=True)),
                query=query,
                limit=limit,
                kinds=KINDS_OF_TYPE[kind],
            )
        except (EmptyQuery, QueryTooLong) as error:
            raise CommandError(str(error), returncode=2) from error
        if answer.degraded:
            self.stderr.write(f"By words alone: {answer.reason}")
        self.stdout.write("\n".join(lines_of(answer)))


def lines_of(answer: SearchAnswer) -> list[str]:
    """One line a result: score, reason, kind, name, the tool's server, what it does."""
    if not answer.results:
        return [f"Nothing found for {answer.query!r}."]
    rows = [
        (
            f"{result.score:.2f}",
            result.match,
            result.type,
            result.name,
            result.server if result.server != result.name else "",
            " ".join(result.description.split())[:SHOWN_DESCRIPTION],
        )
        for result in answer.results
    ]
    return table(rows)
