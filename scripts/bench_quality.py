"""`make bench-quality`: how good search is, beside BM25 alone and the plain model alone.

In one process, on the evaluation sets and on queries made from the real catalogue
(``query_classes``), none of which is part of this repository: what is absent is skipped. The
vectors are kept in the temporary folder, so that the second run takes a minute. Exits 1 when
something that is promised in docs/search-quality.md does not hold.
"""

import os
import sys

import django

from scripts.query_classes import CATALOGUE, SHARED

EVALUATION_SETS = [
    SHARED / "eval/azure_consolidated.json",
    SHARED / "eval/metatool_4000.json",
]


def main() -> int:
    missing = [path for path in (CATALOGUE, *EVALUATION_SETS) if not path.exists()]
    if missing:
        print(f"Skipped: {missing[0]} is not there.")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
    django.setup()
    from scripts.quality_report import QualityReport  # its modules need Django

    report = QualityReport.measured(EVALUATION_SETS, CATALOGUE)
    print("\n".join(report.lines()))
    return int(bool(report.failures))


if __name__ == "__main__":
    sys.exit(main())
