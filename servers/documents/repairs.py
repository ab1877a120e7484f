"""Documents of other registries brought to the current schema, each change said in words.

Tolerant: it changes what can be put right without inventing anything and leaves the rest to
``validate_imported``. What was right under an earlier schema is upgraded first; what is put right
here was wrong under any.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from registry_site.lib.canonical_json import canonical_bytes
from servers.documents.characters import hidden_in, without_hidden
from servers.documents.facts import FULL_DESCRIPTION
from servers.documents.links import is_https
from servers.documents.paths import objects_in
from servers.documents.schema import SCHEMA_URL, known_fields
from servers.documents.texts import shortened
from servers.documents.upgrades import rename_old_names, schema_date, upgrade_document
from servers.documents.validation import LARGEST_PUBLISHER_META, PUBLISHER_META
from servers.documents.versions import is_version

LONGEST_TEXT = 100  # characters of title and description
MOST_NAMED = 5  # hidden characters of one text

Repairs = Iterator[str]

_NUMBERS = ("integer", "int", "float")
_FORGES = {"github.com": "github", "gitlab.com": "gitlab", "bitbucket.org": "bitbucket"}


def repair_document(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A repaired copy of ``document`` and what was changed; the copy may still be invalid."""
    repaired, said = upgrade_document(document)
    said += [sentence for repair in _REPAIRS for sentence in repair(repaired)]
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
    if schema_date(document) is None:
        yield f"$schema was {document['$schema']!r}, which is no official schema that we know"
    document["$schema"] = SCHEMA_URL


def _hidden_characters(document: dict[str, Any]) -> Repairs:
    """Keys keep theirs: to rename a field is to invent one, and validation refuses it."""
    for field, value in list(document.items()):
        yield from _clean(document, field, value, field)


def _clean(parent: Any, step: str | int, value: Any, path: str) -> Repairs:
    if isinstance(value, dict):
        for key, item in list(value.items()):
            yield from _clean(value, key, item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _clean(value, index, item, f"{path}[{index}]")
    elif isinstance(value, str) and (hidden := list(hidden_in(value))):
        parent[step] = without_hidden(value)
        found = ", ".join(dict.fromkeys(map(str, hidden[:MOST_NAMED])))
        yield f"{path} lost characters that nobody sees: {found}"


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
    _hidden_characters,
    rename_old_names,
    _unknown_fields,
    _repository,
    _title,
    _description,
    _links,
    _packages,
)
