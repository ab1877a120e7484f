"""What a published ``server.json`` document must be: the official schema and the registry's rules.

Strict: it is for documents a person publishes, and it says every reason at once. What other
registries hand over goes through ``repairs`` first. An official schema URL of an earlier date is
accepted in ``$schema`` as long as the document satisfies the current schema.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from registry_site.lib.canonical_json import canonical_bytes
from registry_site.lib.outbound import Allowlist, OutboundRefused, check_url
from servers.documents.errors import DocumentError, InvalidDocument
from servers.documents.paths import objects_in, path_of
from servers.documents.schema import schema_errors, unknown_fields

PUBLISHER_META = "io.modelcontextprotocol.registry/publisher-provided"
LARGEST_PUBLISHER_META = 4096  # bytes
LONGEST_URL = 2000  # characters; what the columns hold
OFFICIAL_SCHEMA = re.compile(
    r"https://static\.modelcontextprotocol\.io/schemas/\d{4}-\d{2}-\d{2}/server\.schema\.json"
    r"(#.*)?"
)
TEMPLATE_VARIABLE = re.compile(r"\{([^{}]*)\}")

_NAME_PART = re.compile(r"[a-zA-Z0-9](.*[a-zA-Z0-9])?")
# ^1.2, ~1.2, >=1.2, 1.0 - 2.0, 1 || 2, 1.x, 1.*, *
_VERSION_RANGE = re.compile(r"^[\^~<>=]|\s-\s|\|\||(^|\.)[xX*](\.|$)")

Errors = Iterator[DocumentError]


def validate_document(document: Any) -> None:
    """Raise ``InvalidDocument`` with every error of ``document``.

    The registry's own rules are looked at once the schema is satisfied.
    """
    if not isinstance(document, dict):
        raise InvalidDocument([DocumentError("", "type", "A server.json is a JSON object.")])
    errors = [*_unknown(document), *schema_errors(document)]
    if not errors:
        errors = [error for rule in _RULES for error in rule(document)]
    if errors:
        raise InvalidDocument(errors)


def is_version(text: str) -> bool:
    """Whether ``text`` names one version: not empty, not ``latest``, not a range."""
    return bool(text.strip()) and text != "latest" and not _VERSION_RANGE.search(text)


def is_https(url: str) -> bool:
    """Whether ``url`` is one that a page may link to."""
    return _split(url) is not None and url.startswith("https://")


def _unknown(document: dict[str, Any]) -> Errors:
    yield from unknown_fields(document, "ServerDetail")
    yield from unknown_fields(document.get("repository"), "Repository", "repository")
    for index, package in objects_in(document, "packages"):
        yield from unknown_fields(package, "Package", "packages", index)
    for index, icon in objects_in(document, "icons"):
        yield from unknown_fields(icon, "Icon", "icons", index)


def _schema_url(document: dict[str, Any]) -> Errors:
    if "$schema" in document and not OFFICIAL_SCHEMA.fullmatch(document["$schema"]):
        yield DocumentError("$schema", "schema", "must be the address of an official schema.")


def _name(document: dict[str, Any]) -> Errors:
    for part in document["name"].split("/"):
        if not _NAME_PART.fullmatch(part):
            message = f"must begin and end with a letter or digit in each part, unlike {part!r}."
            yield DocumentError("name", "name", message)


def _version(document: dict[str, Any]) -> Errors:
    if not is_version(document["version"]):
        yield DocumentError("version", "version", "must be one version: no range, not 'latest'.")


def _links(document: dict[str, Any]) -> Errors:
    if not is_https(document.get("websiteUrl", "https://example.org")):
        yield DocumentError("websiteUrl", "https", "must be an https:// URL.")
    for index, icon in objects_in(document, "icons"):
        if not is_https(icon["src"]):
            yield DocumentError(path_of(["icons", index, "src"]), "https", "must be an https URL.")
    repository = document.get("repository")
    if repository and _split(repository["url"]) is None:
        yield DocumentError("repository.url", "url", "must be an http:// or https:// URL.")


def _remotes(document: dict[str, Any]) -> Errors:
    for index, remote in objects_in(document, "remotes"):
        path = path_of(["remotes", index, "url"])
        declared = remote.get("variables", {})
        for name in TEMPLATE_VARIABLE.findall(remote["url"]):
            if name not in declared:
                message = f"uses {{{name}}}, which remotes[{index}].variables does not declare."
                yield DocumentError(path, "variable", message)
        yield from _remote_url(remote["url"], path)


def _remote_url(url: str, path: str) -> Errors:
    """What no probe could ever reach is refused now; a template is judged when it is filled in."""
    parts = _split(TEMPLATE_VARIABLE.sub("0", url))
    if parts is None:
        yield DocumentError(path, "url", "must be an http:// or https:// URL with a host.")
        return
    if TEMPLATE_VARIABLE.search(url):
        return
    try:
        check_url(url)
    except OutboundRefused as refused:
        yield DocumentError(path, "outbound", f"is refused. {refused}")
        return
    if parts.scheme == "http" and not _is_allowed_by_the_operator(url, str(parts.hostname)):
        message = "must be https, unless ROLLCALL_OUTBOUND_ALLOW names the host."
        yield DocumentError(path, "https", message)


def _is_allowed_by_the_operator(url: str, host: str) -> bool:
    """Whether ``url``, which may be reached, is so because the operator says so."""
    try:
        check_url(url, allow=())
    except OutboundRefused:
        return True
    return Allowlist.parse(settings.OUTBOUND_ALLOW).names_host(host)


def _packages(document: dict[str, Any]) -> Errors:
    for index, package in objects_in(document, "packages"):
        if package["registryType"] == "mcpb" and "fileSha256" not in package:
            path = path_of(["packages", index, "fileSha256"])
            yield DocumentError(path, "required", "is required for an mcpb package.")
        if not is_version(package.get("version", "1")):
            path = path_of(["packages", index, "version"])
            yield DocumentError(path, "version", "must be one version: no range.")


def _publisher_meta(document: dict[str, Any]) -> Errors:
    size = len(canonical_bytes(document.get("_meta", {}).get(PUBLISHER_META)))
    if size > LARGEST_PUBLISHER_META:
        message = f"must be at most {LARGEST_PUBLISHER_META} bytes of JSON; it has {size}."
        yield DocumentError(f"_meta.{PUBLISHER_META}", "size", message)


_RULES: tuple[Callable[[dict[str, Any]], Errors], ...] = (
    _schema_url,
    _name,
    _version,
    _links,
    _remotes,
    _packages,
    _publisher_meta,
)


def _split(url: str) -> SplitResult | None:
    """The parts of an http or https URL with a host and a possible port, else ``None``."""
    if len(url) > LONGEST_URL or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None
