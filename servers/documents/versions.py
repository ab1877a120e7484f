"""What a version may look like in a document; how versions compare is ``servers.versions``'s."""

import re

# ^1.2, ~1.2, >=1.2, 1.0 - 2.0, 1 || 2, 1.x, 1.*, *
_VERSION_RANGE = re.compile(r"^[\^~<>=]|\s-\s|\|\||(^|\.)[xX*](\.|$)")


def is_version(text: str) -> bool:
    """Whether ``text`` names one version: not empty, not ``latest``, not a range."""
    return bool(text.strip()) and text != "latest" and not _VERSION_RANGE.search(text)
