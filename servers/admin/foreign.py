"""What foreign servers wrote, as the admin shows it: with nothing hidden in it."""

import json
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from registry_site.lib.json_diff import Change, Difference
from registry_site.lib.pretty_json import as_document
from servers.scanning import visible


def foreign_json(value: Any) -> SafeString:
    """A JSON value as people read it, its hidden characters spelled out as the scan does."""
    return as_document(visible(json.dumps(value, indent=2, ensure_ascii=False)))


def table_of(differences: Iterable[Difference]) -> SafeString:
    """Where something differs, and what stood and stands there."""
    return format_html(
        '<table class="differences"><thead><tr><th>Field</th><th>Change</th><th>Before</th>'
        "<th>After</th></tr></thead><tbody>{}</tbody></table>",
        format_html_join(
            "",
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            map(_row, differences),
        ),
    )


def _row(each: Difference) -> tuple[str, ...]:
    return (
        visible(each.path) or "all of it",
        each.change,
        "" if each.change == Change.ADDED else foreign_json(each.before),
        "" if each.change == Change.REMOVED else foreign_json(each.after),
    )
