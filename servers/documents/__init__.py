"""``server.json`` documents: what makes one valid, how foreign ones are repaired, what they say.

Nothing here touches the database or the network.
"""

from servers.documents.accepting import Accepted, accept_document, accept_imported
from servers.documents.addresses import remote_urls
from servers.documents.catalogue import CatalogueEntry, from_catalogue, is_catalogue_entry
from servers.documents.errors import DocumentError, InvalidDocument
from servers.documents.facts import DocumentFacts, facts_of, package_types_of
from servers.documents.names import look_alike_key
from servers.documents.repairs import repair_document
from servers.documents.schema import SCHEMA_URL
from servers.documents.texts import shortened
from servers.documents.upgrades import stated_status, upgrade_document
from servers.documents.validation import validate_document, validate_imported
from servers.documents.versions import is_version

__all__ = [
    "SCHEMA_URL",
    "Accepted",
    "CatalogueEntry",
    "DocumentError",
    "DocumentFacts",
    "InvalidDocument",
    "accept_document",
    "accept_imported",
    "facts_of",
    "from_catalogue",
    "is_catalogue_entry",
    "is_version",
    "look_alike_key",
    "package_types_of",
    "remote_urls",
    "repair_document",
    "shortened",
    "stated_status",
    "upgrade_document",
    "validate_document",
    "validate_imported",
]
