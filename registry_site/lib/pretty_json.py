"""JSON in the pages of the admin, which ``rollcall/admin.css`` styles."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def pretty(value: Any) -> SafeString:
    """A JSON value as people read it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html('<pre class="document">{}</pre>', text)
