"""``server.json`` documents: what makes one valid, how foreign ones are repaired, what they say.

Nothing here touches the database or the network.
"""

from servers.documents.catalogue import CatalogueEntry, from_catalogue, is_catalogue_entry
from servers.documents.errors import DocumentError, InvalidDocument
from servers.documents.facts import DocumentFacts, facts_of
from servers.documents.repairs import repair_document
from servers.documents.schema import SCHEMA_URL
from servers.documents.texts import shortened
from servers.documents.validation import is_version, validate_document

__all__ = [
    "SCHEMA_URL",
    "CatalogueEntry",
    "DocumentError",
    "DocumentFacts",
    "InvalidDocument",
    "facts_of",
    "from_catalogue",
    "is_catalogue_entry",
    "is_version",
    "repair_document",
    "shortened",
    "validate_document",
]
