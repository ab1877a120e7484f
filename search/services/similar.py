"""What resembles a server or a tool: the entries whose vectors are nearest to its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.services import Principal
from search.corpus import Corpus
from search.index.base import BoolArray, FloatArray
from search.index.publication import IndexRefused
from search.index.reader import Corpora, corpora
from search.matches import Kind
from search.models import SearchEntry
from search.targets import Target, visible_target
from search.visibility import Visible, visible_to


@dataclass(frozen=True, kw_only=True)
class SimilarResult:
    """A server or tool, and how near it is: the cosine of the vectors, -1 to 1."""

    type: Kind
    name: str
    title: str
    description: str
    # The server's name; for a tool that of its server.
    server: str
    score: float


@dataclass(frozen=True, kw_only=True)
class SimilarAnswer:
    """The nearest first. ``degraded``: there is nothing to compare, for the reason given."""

    degraded: bool
    reason: str
    results: list[SimilarResult]


def similar(*, principal: Principal, server: str, tool: str = "", limit: int) -> SimilarAnswer:
    """The servers like ``server`` or, with ``tool``, the tools of other servers like that one.

    Raises ``NoSuchTarget`` for what ``principal`` may not see.
    """
    target = visible_target(principal=principal, server=server, tool=tool)
    try:
        here = corpora()
    except IndexRefused as refusal:
        return SimilarAnswer(degraded=True, reason=str(refusal), results=[])
    vector = _vector_of(target, here.manifest.model_key)
    if vector is None:
        reason = "It was changed just now and is not indexed yet."
        return SimilarAnswer(degraded=True, reason=reason, results=[])
    visible = visible_to(principal)
    near = _nearest(target, vector, here, visible, limit)
    return SimilarAnswer(degraded=False, reason="", results=_results(near))


def _vector_of(target: Target, model_key: str) -> FloatArray | None:
    """The vector of the entry that stands for it, if it has one under the model."""
    entries = SearchEntry.objects.filter(server=target.server, tool=target.tool)
    return next(iter(entries.vectors(model_key).values()), None)


def _nearest(
    target: Target, vector: FloatArray, here: Corpora, visible: Visible, limit: int
) -> list[tuple[int, float]]:
    """The entries of the same kind on other servers, with their cosines."""
    found: list[tuple[int, float]] = []
    for corpus in (here.published, here.fresh):
        mask = visible.mask(corpus) & corpus.alive & _comparable(corpus, target)
        rows = corpus.vectors.nearest(vector, limit, mask)
        scores = corpus.vectors.scores(vector, rows)
        found += zip(corpus.ids[rows].tolist(), scores.tolist(), strict=True)
    return sorted(found, key=lambda each: -each[1])[:limit]


def _comparable(corpus: Corpus, target: Target) -> BoolArray:
    is_tool: BoolArray = corpus.tools != 0
    same_kind = is_tool if target.tool else ~is_tool
    elsewhere: BoolArray = same_kind & (corpus.servers != target.server.pk)
    return elsewhere


def _results(near: Sequence[tuple[int, float]]) -> list[SimilarResult]:
    """With the rows they stand for; an entry that is gone by now is left out."""
    entries = SearchEntry.objects.select_related("server", "tool").defer("tool__definition")
    rows = entries.in_bulk([entry for entry, _ in near])
    return [_result(rows[entry], score) for entry, score in near if entry in rows]


def _result(entry: SearchEntry, score: float) -> SimilarResult:
    said = entry.tool or entry.server
    return SimilarResult(
        type=Kind.TOOL if entry.tool else Kind.SERVER,
        name=said.name,
        title=said.title,
        description=said.description,
        server=entry.server.name,
        score=round(score, 4),
    )
