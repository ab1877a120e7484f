"""Mirrors other registries, folders and files: fetch, plan, write.

A run fetches and checks everything before it writes anything, so that a source that fails, at
whatever page, changes nothing. What is written goes through ``servers.importing`` and the services
of the catalogue; nothing here decides about documents. A run belongs to whoever holds the lease on
its source, and moves the mark of how far the mirror has come only when it is over.
"""

from servers.sources.failures import SourceIsBusy
from servers.sources.managing import (
    LARGEST_UPLOAD,
    LONGEST_CREDENTIAL,
    LONGEST_INTERVAL,
    MOST_PATTERNS,
    InvalidSource,
    SourceChanges,
    SourceExists,
    add_source,
    change_source,
    check_source,
    remove_source,
    request_run,
)
from servers.sources.running import run_due, run_now

__all__ = [
    "LARGEST_UPLOAD",
    "LONGEST_CREDENTIAL",
    "LONGEST_INTERVAL",
    "MOST_PATTERNS",
    "InvalidSource",
    "SourceChanges",
    "SourceExists",
    "SourceIsBusy",
    "add_source",
    "change_source",
    "check_source",
    "remove_source",
    "request_run",
    "run_due",
    "run_now",
]
