"""What a published ``server.json`` document must be: the official schema and the registry's rules.

Strict: it is for documents a person publishes, and it says every reason at once. What other
registries hand over goes through ``repairs`` first and is then held to ``validate_imported``: what
is left out there would change documents that are valid where they come from.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from registry_site.lib.canonical_json import canonical_bytes
from servers.documents import messages
from servers.documents.characters import hidden_texts_in
from servers.documents.errors import DocumentError, InvalidDocument
from servers.documents.links import is_https, split_url
from servers.documents.names import strange_letters
from servers.documents.packages import package_errors, publishing_errors
from servers.documents.paths import objects_in, path_of
from servers.documents.schema import schema_errors, unknown_fields
from servers.documents.transports import remote_errors
from servers.documents.upgrades import SCHEMA_DATES, schema_date
from servers.documents.versions import is_version

PUBLISHER_META = "io.modelcontextprotocol.registry/publisher-provided"
LARGEST_PUBLISHER_META = 4096  # bytes

_NAME_PART = re.compile(r"[a-zA-Z0-9](.*[a-zA-Z0-9])?")

Errors = Iterator[DocumentError]
Rule = Callable[[dict[str, Any]], Errors]


def validate_document(document: Any) -> None:
    """Raise ``InvalidDocument`` with every error of ``document``, which a person publishes.

    The registry's own rules are looked at once the schema is satisfied.
    """
    _validate(document, [*_RULES, _addressable, publishing_errors])


def validate_imported(document: Any) -> None:
    """The same for a document that another registry found valid, and that was repaired."""
    _validate(document, _RULES)


def _validate(document: Any, rules: Sequence[Rule]) -> None:
    if not isinstance(document, dict):
        raise InvalidDocument([DocumentError("", "type", messages.NOT_AN_OBJECT)])
    errors = [*_schema_url(document), *_unknown(document), *schema_errors(document)]
    errors += [*_strange_name(document), *_hidden(document)]
    if not errors:
        errors = [error for rule in rules for error in rule(document)]
    if errors:
        raise InvalidDocument(errors)


def _schema_url(document: dict[str, Any]) -> Errors:
    if schema_date(document) is None:
        message = messages.UNKNOWN_SCHEMA.format(dates=", ".join(SCHEMA_DATES))
        yield DocumentError("$schema", "schema", message)


def _unknown(document: dict[str, Any]) -> Errors:
    yield from unknown_fields(document, "ServerDetail")
    yield from unknown_fields(document.get("repository"), "Repository", "repository")
    for index, package in objects_in(document, "packages"):
        yield from unknown_fields(package, "Package", "packages", index)
    for index, icon in objects_in(document, "icons"):
        yield from unknown_fields(icon, "Icon", "icons", index)


def _strange_name(document: dict[str, Any]) -> Errors:
    """The schema refuses such a name; this says which letter is to blame."""
    for sentence in strange_letters(str(document.get("name", ""))):
        yield DocumentError("name", "characters", sentence)


def _hidden(document: dict[str, Any]) -> Errors:
    for path, hidden in hidden_texts_in(document):
        first, more = hidden[0], len(hidden) - 1
        message = (messages.HIDDEN_MORE if more else messages.HIDDEN).format(
            character=first, offset=first.offset, does=first.kind, more=more
        )
        yield DocumentError(path, "hidden", message)


def _name(document: dict[str, Any]) -> Errors:
    for part in document["name"].split("/"):
        if not _NAME_PART.fullmatch(part):
            yield DocumentError("name", "name", messages.NAME_PART.format(part=part))


def _version(document: dict[str, Any]) -> Errors:
    if not is_version(document["version"]):
        yield DocumentError("version", "version", messages.ONE_VERSION)


def _addressable(document: dict[str, Any]) -> Errors:
    if "/" in document["version"]:
        yield DocumentError("version", "version", messages.NO_SLASH)


def _links(document: dict[str, Any]) -> Errors:
    if not is_https(document.get("websiteUrl", "https://example.org")):
        yield DocumentError("websiteUrl", "https", messages.HTTPS)
    for index, icon in objects_in(document, "icons"):
        if not is_https(icon["src"]):
            yield DocumentError(path_of(["icons", index, "src"]), "https", messages.HTTPS)
    repository = document.get("repository")
    if repository and split_url(repository["url"]) is None:
        yield DocumentError("repository.url", "url", messages.HTTP_URL)


def _publisher_meta(document: dict[str, Any]) -> Errors:
    size = len(canonical_bytes(document.get("_meta", {}).get(PUBLISHER_META)))
    if size > LARGEST_PUBLISHER_META:
        message = messages.PUBLISHER_META_SIZE.format(most=LARGEST_PUBLISHER_META, size=size)
        yield DocumentError(f"_meta.{PUBLISHER_META}", "size", message)


_RULES: Sequence[Rule] = (
    _name,
    _version,
    _links,
    remote_errors,
    package_errors,
    _publisher_meta,
)
