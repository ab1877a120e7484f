"""What the fields of a file must look like; whether a team or a successor exists is asked later."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.dateparse import parse_datetime

from servers.access import Visibility
from servers.documents.links import split_url
from servers.documents.schema import is_unknown
from servers.models import LONGEST_STATUS_MESSAGE, Status
from servers.services import LONGEST_CATEGORY, LONGEST_TAG, MOST_TAGS
from servers.services.labels import InvalidLabels, check_labels
from servers.services.marks import MOST_ALIASES, InvalidAlias, alias

LONGEST_CONTACT = 200
LONGEST_NAME = 200

# The reason why a value is wrong, or nothing.
Check = Callable[[Any], str | None]


def _text(longest: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be a string; put it in quotation marks."
        return None if len(value) <= longest else f"must be at most {longest} characters."

    return check


def _choice(*values: str) -> Check:
    def check(value: Any) -> str | None:
        return None if value in values else f"must be one of: {', '.join(values)}."

    return check


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false."


def _tags(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) > MOST_TAGS:
        return f"must be a list of at most {MOST_TAGS} strings."
    return next(filter(None, map(_tag, value)), None)


def _tag(word: Any) -> str | None:
    if isinstance(word, str) and not word.strip():
        return "must hold no empty string."
    return _text(LONGEST_TAG)(word)


def _aliases(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) > MOST_ALIASES:
        return f"must be a list of at most {MOST_ALIASES} words."
    try:
        for word in value:
            alias(str(word))
    except InvalidAlias as error:
        return str(error)
    return None


def _labels(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "must be an object of strings."
    try:
        check_labels(value)
    except InvalidLabels as error:
        return str(error)
    return None


def _link(value: Any) -> str | None:
    if isinstance(value, str) and (not value or split_url(value)):
        return None
    return "must be an http:// or https:// URL."


def _moment(value: Any) -> str | None:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return "must be a moment such as 2026-01-31T12:00:00Z."
    return None


def _anything(value: Any) -> str | None:
    return None


# In the order in which they are written.
REGISTRY: dict[str, Check] = {
    "team": _text(LONGEST_NAME),
    "visibility": _choice(*Visibility.values),
    "category": _text(LONGEST_CATEGORY),
    "tags": _tags,
    "labels": _labels,
    "aliases": _aliases,
    "contact": _text(LONGEST_CONTACT),
    "runbook_url": _link,
    "monitored": _flag,
    "enabled": _flag,
    "pinned": _flag,
    "successor": _text(LONGEST_NAME),
}
VERSION: dict[str, Check] = {
    "server": _anything,  # ``servers.documents`` says what is wrong with it
    "status": _choice(*Status.values),
    "status_message": _text(LONGEST_STATUS_MESSAGE),
    "published_at": _moment,
}
FILE: dict[str, Check] = {"registry": _anything, "versions": _anything}


def wrong_fields(value: Any, fields: dict[str, Check], path: str) -> Iterator[tuple[str, str]]:
    """The path and the reason of each field of an object that is not as ``fields`` says."""
    if not isinstance(value, dict):
        yield path, "must be an object."
        return
    for name, each in value.items():
        place = f"{path}.{name}".removeprefix(".")
        if name not in fields:
            yield place, is_unknown(name, fields)
        elif reason := fields[name](each):
            yield place, reason
