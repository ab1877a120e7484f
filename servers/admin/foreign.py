"""What foreign servers wrote, as the admin shows it: with nothing hidden in it."""

import json
from typing import Any

from django.utils.safestring import SafeString

from registry_site.lib.pretty_json import as_document
from servers.scanning import visible


def foreign_json(value: Any) -> SafeString:
    """A JSON value as people read it, its hidden characters spelled out as the scan does."""
    return as_document(visible(json.dumps(value, indent=2, ensure_ascii=False)))
