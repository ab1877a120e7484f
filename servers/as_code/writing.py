"""The catalogue as the files that ``applying`` reads; the same bytes for the same catalogue always.

Only what is in the catalogue is written: versions that are approved and not deleted. The keys of
documents come in the order of the official registry: a database may not keep the one they had.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Prefetch

from servers.as_code.planning import Defaults, is_in_the_files
from servers.as_code.texts import dump_yaml
from servers.models import Server, ServerVersion, Status
from servers.querysets import ServerQuerySet
from servers.services import registry_facts

SERVERS_AT_ONCE = 200
# Of a document, wherever in it they stand; all others follow, by the alphabet.
_ORDER = """
    $schema type registryType registryBaseUrl identifier name title description repository version
    websiteUrl icons url src source id subfolder mimeType sizes theme fileSha256 runtimeHint
    transport runtimeArguments packageArguments environmentVariables packages remotes headers
    valueHint isRequired isRepeated isSecret format value default placeholder choices variables
"""
_RANK = {name: rank for rank, name in enumerate(_ORDER.split())}


class WrittenFile(NamedTuple):
    """A file below the folder, and what is in it."""

    path: Path
    text: str


def files_of(servers: ServerQuerySet, defaults: Defaults) -> Iterator[WrittenFile]:
    """One file for each of ``servers`` that is in the catalogue, by name."""
    versions = ServerVersion.objects.listed().order_by("published_at", "pk")
    rows = (
        servers.not_deleted()
        .filter(published=True)
        .select_related("team", "successor", "registered_by")
        .prefetch_related("tags", "aliases", Prefetch("versions", versions))
        .order_by("name")
    )
    for server in rows.iterator(chunk_size=SERVERS_AT_ONCE):
        namespace, _, name = server.name.partition("/")
        yield WrittenFile(Path(namespace, f"{name}.yaml"), dump_yaml(_file(server, defaults)))


def _file(server: Server, defaults: Defaults) -> dict[str, Any]:
    registry = _registry(server, defaults)
    versions = [_version(version) for version in server.versions.all()]
    return {"registry": registry, "versions": versions} if registry else {"versions": versions}


def _registry(server: Server, defaults: Defaults) -> dict[str, Any]:
    """What differs from the defaults. A successor that is in no file is left out."""
    facts = registry_facts(server) | {"labels": dict(sorted(server.labels.items()))}
    if not is_in_the_files(server.successor):
        facts["successor"] = None
    usual = defaults.facts()
    return {name: facts[name] for name in usual if facts[name] != usual[name]}


def _version(version: ServerVersion) -> dict[str, Any]:
    stated: dict[str, Any] = {"server": in_order(version.document)}
    if version.status != Status.ACTIVE:
        stated["status"] = str(version.status)
    if version.status_message:
        stated["status_message"] = version.status_message
    return stated | {"published_at": written(version.published_at)}


def written(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def in_order(value: Any) -> Any:
    """A JSON value, the keys of its objects in the one order of files."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    keys = sorted(value, key=lambda key: (_RANK.get(key, len(_RANK)), key))
    return {key: in_order(value[key]) for key in keys}
