"""An import's report for people, as several commands print it."""

import re
from collections import Counter
from collections.abc import Sequence

from servers.importing import ImportReport, Remark


def report_lines(report: ImportReport, *, detailed: bool) -> list[str]:
    """What was done and what there is to be told; ``detailed`` names every repair."""
    counts = report.counts()
    return [
        f"{report.read} documents read.",
        f"  created    {report.servers_created} servers, {report.versions_created} versions",
        f"  updated    {report.servers_updated} servers",
        f"  statuses   {report.statuses_changed} changed",
        f"  deleted    {report.servers_deleted} servers",
        f"  unchanged  {report.unchanged} documents",
        f"  repaired   {counts['repaired']} documents",
        *(_each(report.repaired) if detailed else _kinds(report.repaired)),
        f"  alike      {len(report.alike)} names or addresses",
        *(_each(report.alike) if detailed else []),
        f"  left       {len(report.skipped)} as they are here",
        *_each(report.skipped),
        f"  conflicts  {len(report.conflicts)} documents",
        *_each(report.conflicts),
        f"  refused    {len(report.refused)} documents",
        *_each(report.refused),
    ]


def _each(remarks: Sequence[Remark]) -> list[str]:
    return [f"    {remark.label}: {remark.text}" for remark in remarks]


def _kinds(remarks: Sequence[Remark]) -> list[str]:
    """How often each kind of repair was made, wherever in its document it was."""
    kinds = Counter(re.sub(r"\[\d+\]", "[]", remark.text) for remark in remarks)
    return [f"    {count:>5} × {kind}" for kind, count in kinds.most_common()]
