"""JSON in the pages of the admin, which ``rollcall/admin.css`` styles."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def pretty(value: Any) -> SafeString:
    """A JSON value as people read it."""
    return as_document(json.dumps(value, indent=2, ensure_ascii=False))


def as_document(text: str) -> SafeString:
    return format_html('<pre class="document">{}</pre>', text)
