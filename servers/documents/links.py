"""URLs as documents state them: whether they are any."""

from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 2000  # characters; what the columns hold


def is_https(url: str) -> bool:
    """Whether ``url`` is one that a page may link to."""
    return split_url(url) is not None and url.startswith("https://")


def split_url(url: str) -> SplitResult | None:
    """The parts of an http or https URL with a host and a possible port, else ``None``."""
    if len(url) > LONGEST_URL or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None
