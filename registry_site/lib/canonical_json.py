"""One byte string for one JSON value, whatever the order its keys came in.

Fingerprints of tools and documents are taken over it, so its form must never change: a change
would make every stored fingerprint differ.
"""

import hashlib
from typing import Any

import orjson


def canonical_bytes(value: Any) -> bytes:
    """``value`` as UTF-8 JSON with sorted keys and no white space.

    Raises ``orjson.JSONEncodeError`` (a ``TypeError``) for what JSON cannot carry.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fingerprint(value: Any) -> str:
    """The sha256 of the canonical form, 64 hexadecimal characters."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
