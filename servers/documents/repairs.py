"""Documents of other registries brought to the current schema, each change said in words.

Tolerant: it changes what can be put right without inventing anything and leaves the rest to
``validate_document``. A ``$schema`` of an earlier date is exchanged for the current one without
a word: that alone changes nothing a reader of the document would miss.
"""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from registry_site.lib.canonical_json import canonical_bytes
from servers.documents.facts import FULL_DESCRIPTION
from servers.documents.paths import objects_in
from servers.documents.schema import SCHEMA_URL, known_fields
from servers.documents.texts import shortened
from servers.documents.validation import (
    LARGEST_PUBLISHER_META,
    OFFICIAL_SCHEMA,
    PUBLISHER_META,
    is_https,
    is_version,
)

LONGEST_TEXT = 100  # characters of title and description

Repairs = Iterator[str]

# The names of the schema of 2025-07-09, and what they are called since.
_RENAMED = {
    "website_url": "websiteUrl",
    "registry_type": "registryType",
    "registry_base_url": "registryBaseUrl",
    "file_sha256": "fileSha256",
    "runtime_hint": "runtimeHint",
    "runtime_arguments": "runtimeArguments",
    "package_arguments": "packageArguments",
    "environment_variables": "environmentVariables",
    "value_hint": "valueHint",
    "is_repeated": "isRepeated",
    "is_required": "isRequired",
    "is_secret": "isSecret",
}
_NUMBERS = ("integer", "int", "float")
_FORGES = {"github.com": "github", "gitlab.com": "gitlab", "bitbucket.org": "bitbucket"}


def repair_document(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A repaired copy of ``document`` and what was changed; the copy may still be invalid."""
    repaired = copy.deepcopy(document)
    said = [sentence for repair in _REPAIRS for sentence in repair(repaired)]
    return repaired, said


def keep_full_description(document: dict[str, Any], *, extra: dict[str, Any]) -> None:
    """Cut the description to the format's length and keep it whole, with ``extra``, in _meta.

    What has no room in the 4,096 bytes there is cut too, as little as possible.
    """
    full = document["description"]
    document["description"] = shortened(full, LONGEST_TEXT)
    outer = document.setdefault("_meta", {})
    meta = outer[PUBLISHER_META] = {
        FULL_DESCRIPTION: full,
        **outer.get(PUBLISHER_META, {}),
        **extra,
    }
    while len(canonical_bytes(meta)) > LARGEST_PUBLISHER_META and len(full) > LONGEST_TEXT:
        full = shortened(full, len(full) * 9 // 10)
        meta[FULL_DESCRIPTION] = full


def _schema_url(document: dict[str, Any]) -> Repairs:
    stated = document.get("$schema")
    if stated is not None and not OFFICIAL_SCHEMA.fullmatch(str(stated)):
        yield f"$schema was {stated!r}, which is not an official schema"
    document["$schema"] = SCHEMA_URL


def _old_names(document: dict[str, Any]) -> Repairs:
    """Fields that were written in snake_case before September 2025."""
    renamed: set[str] = set()
    for field in [field for field in document if field != "_meta"]:
        value = _renamed(document.pop(field), renamed)
        document[_new_name(field, renamed)] = value
    for old in sorted(renamed):
        yield f"{old} is called {_RENAMED[old]} now"


def _renamed(value: Any, renamed: set[str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, renamed) for item in value]
    if isinstance(value, dict):
        return {_new_name(key, renamed): _renamed(item, renamed) for key, item in value.items()}
    return value


def _new_name(field: str, renamed: set[str]) -> str:
    if field in _RENAMED:
        renamed.add(field)
    return _RENAMED.get(field, field)


def _unknown_fields(document: dict[str, Any]) -> Repairs:
    for field in sorted(document.keys() - known_fields("ServerDetail")):
        yield f"{field} was left out: the current schema does not know it"
        del document[field]


def _repository(document: dict[str, Any]) -> Repairs:
    repository = document.get("repository")
    if not isinstance(repository, dict):
        return
    url = repository.get("url")
    if not (isinstance(url, str) and url):
        yield "repository was left out: it has no url"
        del document["repository"]
    elif not repository.get("source"):
        repository["source"] = forge_of(url)
        yield "repository.source was taken from its url"


def forge_of(url: str) -> str:
    """The schema's word for the service that hosts ``url``, or its host name."""
    host = re.sub(r"^[a-z+]*://([^/@]*@)?", "", url.lower()).partition("/")[0]
    return _FORGES.get(host, host)


def _title(document: dict[str, Any]) -> Repairs:
    title = document.get("title")
    if title == "":
        yield "title was left out: it is empty"
        del document["title"]
    elif isinstance(title, str) and len(title) > LONGEST_TEXT:
        document["title"] = shortened(title, LONGEST_TEXT)
        yield "title was cut to 100 characters"


def _description(document: dict[str, Any]) -> Repairs:
    description = document.get("description")
    room = isinstance(document.get("_meta", {}), dict)
    if room and isinstance(description, str) and len(description) > LONGEST_TEXT:
        keep_full_description(document, extra={})
        yield "description was cut to 100 characters; _meta keeps the whole"


def _links(document: dict[str, Any]) -> Repairs:
    website = document.get("websiteUrl")
    if isinstance(website, str) and not is_https(website):
        yield "websiteUrl was left out: it is not an https URL"
        del document["websiteUrl"]
    icons = document.get("icons")
    safe = [icon for _, icon in objects_in(document, "icons") if is_https(str(icon.get("src")))]
    if isinstance(icons, list) and len(safe) < len(icons):
        yield "icons: what is not an https URL was left out"
        document["icons"] = safe


def _packages(document: dict[str, Any]) -> Repairs:
    for index, package in objects_in(document, "packages"):
        path = f"packages[{index}]"
        version = package.get("version")
        if isinstance(version, str) and not is_version(version):
            yield f"{path}.version was left out: {version!r} is not one version"
            del package["version"]
        for field in ("runtimeArguments", "packageArguments"):
            yield from _arguments(package, field, path)
        for place, variable in objects_in(package, "environmentVariables"):
            yield from _format(variable, f"{path}.environmentVariables[{place}]")


def _arguments(package: dict[str, Any], field: str, path: str) -> Repairs:
    """An argument without a type is named when it has a name, else positional."""
    for index, argument in objects_in(package, field):
        if not argument.get("type"):
            argument["type"] = "named" if argument.get("name") else "positional"
            yield f"{path}.{field}[{index}].type was empty; it is {argument['type']}"
        yield from _format(argument, f"{path}.{field}[{index}]")


def _format(value: dict[str, Any], path: str) -> Repairs:
    if value.get("format") in _NUMBERS:
        yield f"{path}.format was {value['format']!r}; the schema says number"
        value["format"] = "number"


# In this order: what comes later relies on today's names.
_REPAIRS: tuple[Callable[[dict[str, Any]], Repairs], ...] = (
    _schema_url,
    _old_names,
    _unknown_fields,
    _repository,
    _title,
    _description,
    _links,
    _packages,
)
