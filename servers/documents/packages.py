"""The rules of packages and of the inputs that a person fills in.

Those of ``publishing_errors`` hold for what is published here: other registries let them pass, and
a document that was valid there is imported as it is.
"""

import re
from collections.abc import Iterator
from typing import Any

from servers.documents import messages
from servers.documents.errors import DocumentError
from servers.documents.links import is_https
from servers.documents.paths import objects_in, path_of
from servers.documents.templates import undeclared
from servers.documents.versions import is_version

Errors = Iterator[DocumentError]

_INPUTS = ("runtimeArguments", "packageArguments", "environmentVariables")
# registryType: the name of its registry, what a package is called there, and that in words. The
# list of types is open.
_IDENTIFIERS = {
    "npm": (
        "npm",
        re.compile(
            r"(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*", re.ASCII | re.IGNORECASE
        ),
        "name or @scope/name",
    ),
    "pypi": (
        "PyPI",
        re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.ASCII | re.IGNORECASE),
        "letters, digits, '.', '-' and '_'",
    ),
    "nuget": ("NuGet", re.compile(r"\w+([.-]\w+)*", re.ASCII), "letters, digits, '.', '-' and '_'"),
    "cargo": (
        "crates.io",
        re.compile(r"[a-z][\w-]*", re.ASCII | re.IGNORECASE),
        "letters, digits, '-' and '_'",
    ),
}
_IMAGE = re.compile(r"[\w.:/-]+?(:[\w.-]{1,128})?(@sha256:[a-f0-9]{64})?", re.ASCII)


def package_errors(document: dict[str, Any]) -> Errors:
    """What is wrong with a package wherever its document comes from."""
    for index, package in objects_in(document, "packages"):
        if package["registryType"] == "mcpb" and "fileSha256" not in package:
            path = path_of(["packages", index, "fileSha256"])
            yield DocumentError(path, "required", messages.SHA256_REQUIRED)
        if not is_version(package.get("version", "1")):
            path = path_of(["packages", index, "version"])
            yield DocumentError(path, "version", messages.ONE_PACKAGE_VERSION)


def publishing_errors(document: dict[str, Any]) -> Errors:
    """What a person who publishes a document has to put right in its packages and inputs."""
    for index, remote in objects_in(document, "remotes"):
        yield from _input_errors(remote, "headers", f"remotes[{index}]")
    for index, package in objects_in(document, "packages"):
        path = f"packages[{index}]"
        yield from _identifier_errors(package, path)
        for field in _INPUTS:
            yield from _input_errors(package, field, path)
        yield from _transport_errors(package, path)


def _identifier_errors(package: dict[str, Any], path: str) -> Errors:
    kind, identifier = package["registryType"], package["identifier"]
    if kind == "oci":
        yield from _image_errors(package, path)
    elif kind == "mcpb" and not is_https(identifier):
        yield DocumentError(f"{path}.identifier", "identifier", messages.HTTPS)
    elif kind in _IDENTIFIERS:
        registry, pattern, rule = _IDENTIFIERS[kind]
        if not pattern.fullmatch(identifier):
            message = messages.IDENTIFIER.format(registry=registry, rule=rule)
            yield DocumentError(f"{path}.identifier", "identifier", message)


def _image_errors(package: dict[str, Any], path: str) -> Errors:
    image = _IMAGE.fullmatch(package["identifier"])
    if not (image and any(image.groups())):
        yield DocumentError(f"{path}.identifier", "identifier", messages.IMAGE_TAG)
    if "version" in package:
        yield DocumentError(f"{path}.version", "version", messages.IMAGE_VERSION)
    if "registryBaseUrl" in package:
        yield DocumentError(f"{path}.registryBaseUrl", "identifier", messages.IMAGE_BASE_URL)


def _input_errors(parent: dict[str, Any], field: str, path: str) -> Errors:
    """The variables that the value of an input uses and the input does not declare."""
    for index, given in objects_in(parent, field):
        place = f"{path}.{field}[{index}]"
        for name in undeclared(given.get("value"), given.get("variables")):
            message = messages.UNDECLARED.format(variable=name, place=f"{place}.variables")
            yield DocumentError(f"{place}.value", "variable", message)


def _transport_errors(package: dict[str, Any], path: str) -> Errors:
    """A package's transport is filled in with what its arguments and its environment say."""
    transport = package["transport"]
    for name in undeclared(transport.get("url"), _called(package)):
        message = messages.UNDECLARED_IN_PACKAGE.format(variable=name, place=path)
        yield DocumentError(f"{path}.transport.url", "variable", message)
    yield from _input_errors(transport, "headers", f"{path}.transport")


def _called(package: dict[str, Any]) -> set[str]:
    """What the inputs of a package are called: by name, dashes left out or not, or by hint."""
    given = [each for field in _INPUTS for _, each in objects_in(package, field)]
    names = {str(each[key]) for each in given for key in ("name", "valueHint") if key in each}
    return names | {name.lstrip("-") for name in names}
