"""A search as a door asks for it: answered, and noted for the report."""

from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import Any

from accounts.services import Principal
from search.answers import SearchAnswer
from search.filters import NO_FILTERS
from search.matches import Kind
from search.models import Surface
from search.services.feedback import note_search
from search.services.searching import search


def logged_search(
    *, principal: Principal, surface: Surface, now: datetime, **asked: Any
) -> SearchAnswer:
    """``search(principal=principal, **asked)``, with the id that it can be spoken of by.

    Raises what ``search`` raises; what could not be answered is not noted.
    """
    started = perf_counter()
    answer = search(principal=principal, **asked)
    search_id = note_search(
        principal=principal,
        surface=surface,
        answer=answer,
        kinds=asked.get("kinds", tuple(Kind)),
        filtered=asked.get("filters", NO_FILTERS) != NO_FILTERS,
        duration_ms=1000 * (perf_counter() - started),
        now=now,
    )
    return replace(answer, search_id=search_id)
