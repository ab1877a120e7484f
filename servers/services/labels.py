"""What labels may look like: short words with short texts, to group and to select servers by."""

import re
from collections.abc import Mapping
from typing import Any

MOST_LABELS = 50
LONGEST_LABEL_KEY = 63
LONGEST_LABEL = 200
# Not of digits alone: where a label is looked for, that would be a place in a list.
_KEY = re.compile(r"(?!\d+$)[a-z0-9](?:[a-z0-9._/-]*[a-z0-9])?")


class InvalidLabels(ValueError):
    """Not labels; says which and why."""


def check_labels(labels: Mapping[Any, Any]) -> None:
    """Raises ``InvalidLabels``."""
    if len(labels) > MOST_LABELS:
        raise InvalidLabels(f"There may be {MOST_LABELS} labels; these are {len(labels)}.")
    for key, value in labels.items():
        check_label_key(key)
        if not isinstance(value, str) or len(value) > LONGEST_LABEL:
            raise InvalidLabels(f"{key}: a text of up to {LONGEST_LABEL} characters, please.")


def check_label_key(key: Any) -> None:
    """Raises ``InvalidLabels``."""
    if not isinstance(key, str) or len(key) > LONGEST_LABEL_KEY or not _KEY.fullmatch(key):
        raise InvalidLabels(
            f"{key!r} is not the key of a label: up to {LONGEST_LABEL_KEY} of a-z, 0-9, '.', '_', "
            "'/' and '-' that begin and end with a letter or a digit, and are not all digits."
        )
