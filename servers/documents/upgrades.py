"""Documents of earlier schemas brought to the current one, by what changed from date to date.

A rule here belongs to a schema date and changes only what was right under that date: what is wrong
in a document is for ``validation`` to refuse or for ``repairs`` to put right. The exchange of
``$schema`` itself is not told: it changes nothing that a reader of the document would miss.

| date | what it brought |
|---|---|
| 2025-09-16 | names in camelCase |
| 2025-09-29 | the registry, no longer the document, says whether a version is deprecated |
| 2025-10-17 | an OCI package is one reference, with its tag; a package may state no version |
| 2025-12-11 | remotes declare the variables of their URL |
"""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from servers.documents.paths import objects_in
from servers.documents.schema import SCHEMA_URL
from servers.documents.templates import undeclared

SCHEMA_DATES = ("2025-07-09", "2025-09-16", "2025-09-29", "2025-10-17", "2025-12-11")
CURRENT = SCHEMA_DATES[-1]
# What a document said of its own lifecycle before 2025-09-29.
STATUSES = ("active", "deprecated", "deleted")
OFFICIAL_META = "io.modelcontextprotocol.registry/official"
# The names of the schema of 2025-07-09, and what they are called since.
RENAMED = {
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

_OFFICIAL_SCHEMA = re.compile(
    r"https://static\.modelcontextprotocol\.io/schemas/(\d{4}-\d{2}-\d{2})/server\.schema\.json"
    r"(?:#.*)?",
    re.ASCII,
)
_IS_CALLED = " is called "
_OCI_TAG = re.compile(r"[:@][^/]*$")

Changes = Iterator[str]


def schema_date(document: dict[str, Any]) -> str | None:
    """The date of the schema that ``document`` states, if it is one that we know.

    A document that states none means the current one.
    """
    stated = _OFFICIAL_SCHEMA.fullmatch(str(document.get("$schema", SCHEMA_URL)))
    return stated[1] if stated and stated[1] in SCHEMA_DATES else None


def stated_status(document: dict[str, Any]) -> str | None:
    """The lifecycle status that a document of before 2025-09-29 states, if it is one."""
    status = document.get("status")
    return status if status in STATUSES else None


def upgrade_document(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A copy of ``document`` under the current schema, and what that changed in it.

    Nothing is changed in a document of the current schema or of one that is not known, and none
    is refused here. ``stated_status`` says what the copy has no place for.
    """
    upgraded = copy.deepcopy(document)
    date = schema_date(document)
    if date is None:
        return upgraded, []
    due = [rule for since, rule in _RULES if date < since]
    said = [sentence for rule in due for sentence in rule(upgraded)]
    upgraded["$schema"] = SCHEMA_URL
    return upgraded, said


def is_renaming(change: str) -> bool:
    """Whether ``change`` tells of a field that has another name now."""
    return _IS_CALLED in change


def rename_old_names(document: dict[str, Any]) -> Changes:
    """Give the fields of 2025-07-09 the names they have since; it changes ``document``."""
    renamed: set[str] = set()
    for field in [field for field in document if field != "_meta"]:
        value = _with_new_names(document.pop(field), renamed)
        document[_new_name(field, renamed)] = value
    for old in sorted(renamed):
        yield f"{old}{_IS_CALLED}{RENAMED[old]} now"


def _with_new_names(value: Any, renamed: set[str]) -> Any:
    if isinstance(value, list):
        return [_with_new_names(item, renamed) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        _new_name(field, renamed): _with_new_variables(item, renamed)
        if field == "variables"
        else _with_new_names(item, renamed)
        for field, item in value.items()
    }


def _with_new_variables(variables: Any, renamed: set[str]) -> Any:
    """The publisher chose the names of variables: they stay."""
    if not isinstance(variables, dict):
        return variables
    return {name: _with_new_names(item, renamed) for name, item in variables.items()}


def _new_name(field: str, renamed: set[str]) -> str:
    if field in RENAMED:
        renamed.add(field)
    return RENAMED.get(field, field)


def _lifecycle(document: dict[str, Any]) -> Changes:
    status = stated_status(document)
    if status is not None:
        yield f"status is kept beside the document now: {status}"
        del document["status"]
    meta = document.get("_meta")
    if isinstance(meta, dict) and OFFICIAL_META in meta:
        yield f"_meta.{OFFICIAL_META} was left out: the registry writes it"
        del meta[OFFICIAL_META]


def _images(document: dict[str, Any]) -> Changes:
    for index, package in objects_in(document, "packages"):
        stated = [package.get(field) for field in ("identifier", "version")]
        if package.get("registryType") == "oci" and all(isinstance(each, str) for each in stated):
            yield from _image(package, f"packages[{index}]")


def _image(package: dict[str, Any], path: str) -> Changes:
    """``docker.io`` + ``owner/image`` + ``1.0`` as ``docker.io/owner/image:1.0``."""
    base, version = package.pop("registryBaseUrl", None), package.pop("version")
    identifier = package["identifier"]
    host = str(base).partition("://")[2].strip("/") if base else ""
    if host and not identifier.startswith(f"{host}/"):
        identifier = f"{host}/{identifier}"
    if not _OCI_TAG.search(identifier):
        identifier = f"{identifier}:{version}"
    package["identifier"] = identifier
    yield f"{path}.identifier is the whole reference now: {identifier}"


def _remote_variables(document: dict[str, Any]) -> Changes:
    for index, remote in objects_in(document, "remotes"):
        declared = remote.get("variables", {})
        if isinstance(declared, dict) and (missing := undeclared(remote.get("url"), declared)):
            remote["variables"] = declared | {name: {} for name in missing}
            yield f"remotes[{index}].variables declares {', '.join(missing)} now"


# Each rule with the date since which a document is written as it says, the earliest first.
_RULES: tuple[tuple[str, Callable[[dict[str, Any]], Changes]], ...] = (
    ("2025-09-16", rename_old_names),
    ("2025-09-29", _lifecycle),
    ("2025-10-17", _images),
    ("2025-12-11", _remote_variables),
)
