"""How good search is: relevance files, measures, and production's ranking beside two plain ones.

Reads nothing but a file and writes nothing at all.
"""

from search.evaluation.metrics import Quality
from search.evaluation.relevance import RelevanceFileRefused, RelevanceSet, read_relevance
from search.evaluation.running import Evaluation, Report

__all__ = [
    "Evaluation",
    "Quality",
    "RelevanceFileRefused",
    "RelevanceSet",
    "Report",
    "read_relevance",
]
