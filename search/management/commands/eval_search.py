"""``manage.py eval_search``: how good search is on a relevance file of one's own."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from registry_site.lib.text_tables import table
from search import embedding
from search.embedding import ModelNotReady
from search.evaluation import (
    Evaluation,
    Quality,
    RelevanceFileRefused,
    RelevanceSet,
    Report,
    read_relevance,
)


class Command(BaseCommand):
    help = (
        "Measures search on a relevance file: documents, and queries with the ids of those that "
        "answer them. They are indexed in memory and ranked in three ways: bm25 (names and "
        "descriptions as lower-case words, camelCase and snake_case taken apart, English stop "
        "words left out, k1 1.2, b 0.75), vectors (the plain model on 'name: description') and "
        "rollcall, which is what production does. The catalogue and its index are not touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON; docs/search-quality.md has the format")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
        parser.add_argument("--limit", type=int, help="only so many queries, the first ones")

    def handle(self, *, file: Path, as_json: bool, limit: int | None, **options: Any) -> None:
        if limit is not None and limit < 1:
            raise CommandError("--limit must be at least 1.", returncode=2)
        try:
            judged = read_relevance(file)
            report = _report(judged, limit)
        except RelevanceFileRefused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        except ModelNotReady as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(_as_json(report) if as_json else "\n".join(lines_of(report)))


def _report(judged: RelevanceSet, limit: int | None) -> Report:
    evaluation = Evaluation.of(judged, embedding.ensure_model())
    queries = judged.queries[:limit]
    return evaluation.report(judged.name, queries, timed_with=embedding.get_embedder())


def _as_json(report: Report) -> str:
    content = asdict(report)
    content["quality"] = {way: quality.named() for way, quality in report.quality.items()}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def lines_of(report: Report) -> list[str]:
    """A table of the measures by the way of ranking, and what the rest came to."""
    lines = [f"{report.name}: {report.documents:,} documents, {report.queries:,} queries"]
    if report.quality:
        rows = [["", *Quality.names()]]
        for way, quality in report.quality.items():
            rows.append([way, *(f"{value:.4f}" for value in quality.named().values())])
        lines += table(rows)
    if report.unanswerable:
        answered = ", ".join(f"{way} {share:.1%}" for way, share in report.silence.items())
        lines.append(
            f"{report.unanswerable:,} queries that nothing answers; with nothing: {answered}"
        )
    lines.append(
        f"Milliseconds a query (p50, p95): encoding {report.encoding.p50}, {report.encoding.p95};"
        f" the rest {report.ranking.p50}, {report.ranking.p95}"
    )
    return lines
