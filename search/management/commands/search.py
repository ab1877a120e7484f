"""``manage.py search``: ask the registry from a shell, as somebody who may see everything."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import Principal
from registry_site.lib.text_tables import table
from search.answers import Explanation, SearchAnswer, SearchResult
from search.api.serializers import KINDS_OF_TYPE, MOST_RESULTS
from search.filters import Filters, InvalidFilter
from search.ranking import WORDS_WEIGHT
from search.results import Shown
from search.services import EmptyQuery, QueryTooLong, search

SHOWN_DESCRIPTION = 60
TEXT_FILTERS = ("tag", "label", "category", "transport", "package_type", "health", "has_tool")


class Command(BaseCommand):
    help = "Searches servers and tools, disabled servers included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--limit", type=int, default=10, help=f"1 to {MOST_RESULTS}, else 10")
        parser.add_argument("--type", choices=list(KINDS_OF_TYPE), default="all", dest="kind")
        parser.add_argument("--explain", action="store_true", help="say what scores are made of")
        for name in TEXT_FILTERS:
            parser.add_argument(f"--{name.replace('_', '-')}", default="", help="only these")

    def handle(self, *, query: str, limit: int, kind: str, explain: bool, **options: Any) -> None:
        if not 1 <= limit <= MOST_RESULTS:
            raise CommandError(f"--limit must be 1 to {MOST_RESULTS}.", returncode=2)
        try:
            answer = search(
                principal=Principal(user=User(is_superuser=True)),
                query=query,
                limit=limit,
                kinds=KINDS_OF_TYPE[kind],
                filters=Filters(**{name: options[name] for name in TEXT_FILTERS}),
                shown=Shown(explanations=explain),
            )
        except (EmptyQuery, QueryTooLong, InvalidFilter) as error:
            raise CommandError(str(error), returncode=2) from error
        if answer.degraded:
            self.stderr.write(f"By words alone: {answer.reason}")
        if answer.did_you_mean:
            self.stderr.write(f"Did you mean: {answer.did_you_mean}")
        self.stdout.write("\n".join(lines_of(answer)))


def lines_of(answer: SearchAnswer) -> list[str]:
    """One line a result: score, reason, kind, name, the tool's server, what it does."""
    if not answer.results:
        return [f"Nothing fits {answer.query!r}."]
    return table([_row(result) for result in answer.results])


def _row(result: SearchResult) -> list[str]:
    return [
        f"{result.score:.2f}",
        result.match,
        result.type,
        result.name,
        result.server if result.server != result.name else "",
        *([_in_words(result.explanation)] if result.explanation else []),
        " ".join(result.description.split())[:SHOWN_DESCRIPTION],
    ]


def _in_words(explanation: Explanation) -> str:
    """The parts of a score: ``0.61 + 1.5 x 0.35``, and the tool that made the server relevant."""
    cosine = "-" if explanation.cosine is None else f"{explanation.cosine:.2f}"
    by_tool = f" by {explanation.by_tool}" if explanation.by_tool else ""
    return f"{cosine} + {WORDS_WEIGHT} x {explanation.coverage:.2f}{by_tool}"
