"""The ways a client can come to a server: an address, a command that starts it, or a bundle.

What a document offers, without any client's format. Nothing here is ever started.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from servers.client_configuration.inputs import (
    Input,
    InputReader,
    Text,
    inputs_of,
    placeholder,
    variable_name,
)
from servers.client_configuration.packages import Package, command_of
from servers.models import Transport

# A document may offer hundreds; nobody chooses among more than a handful.
MOST_WAYS = 6
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A server that answers at an address."""

    transport: Transport
    url: Text
    headers: dict[str, Text]

    @property
    def inputs(self) -> list[Input]:
        return inputs_of([self.url, *self.headers.values()])


@dataclass(frozen=True, kw_only=True)
class Command:
    """A server that the client starts itself."""

    command: str
    arguments: tuple[Text, ...]
    environment: dict[str, Text]

    @property
    def inputs(self) -> list[Input]:
        return inputs_of([*self.arguments, *self.environment.values()])

    @property
    def line(self) -> str:
        """As it is typed into a shell, gaps as placeholders."""
        words = [self.command, *(text.render(placeholder) for text in self.arguments)]
        return shlex.join(words)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An MCP bundle (.mcpb), which is downloaded and opened."""

    url: str
    sha256: str

    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way, and what a person should know of it."""

    label: str
    target: Remote | Command | Bundle
    notes: tuple[str, ...] = ()


def server_key(name: str) -> str:
    """What a server is called in configuration files: the last part of its name, made safe.

    Letters, digits and hyphens only, a letter first: what every client accepts.
    """
    key = _NOT_IN_A_KEY.sub("-", name.rpartition("/")[2]).strip("-") or "server"
    return key if key[0].isalpha() else f"mcp-{key}"


def ways_of(document: Mapping[str, Any]) -> list[Way]:
    """The first ways into the server that ``document`` describes, the preferable ones first."""
    reader = InputReader(prefix=variable_name(server_key(document["name"])))
    return list(islice(_all_ways(document, reader), MOST_WAYS))


def _all_ways(document: Mapping[str, Any], reader: InputReader) -> Iterator[Way]:
    remotes = document.get("remotes") or []
    for remote in sorted(remotes, key=lambda remote: remote["type"] != Transport.STREAMABLE_HTTP):
        target, notes = _remote(remote, remote.get("variables") or {}, reader)
        yield Way(label=f"{target.transport.label} at {remote['url']}", target=target, notes=notes)
    for stated in document.get("packages") or []:
        yield _package_way(Package(stated), reader)


def _remote(
    stated: Mapping[str, Any], variables: Mapping[str, Any], reader: InputReader
) -> tuple[Remote, tuple[str, ...]]:
    headers = {
        header["name"]: reader.value(header, reader.gap(header["name"], header))
        for header in stated.get("headers") or []
    }
    target = Remote(
        transport=Transport(stated["type"]),
        url=reader.template(stated["url"], variables, reader.gap("url", {})),
        headers={name: text for name, text in headers.items() if text is not None},
    )
    optional = [header for header in stated.get("headers") or [] if headers[header["name"]] is None]
    return target, tuple(_optional_note("header", header) for header in optional)


def _package_way(package: Package, reader: InputReader) -> Way:
    if package.is_bundle:
        bundle = Bundle(url=package.identifier, sha256=package.stated.get("fileSha256", ""))
        return Way(label="MCP bundle", target=bundle)
    found = command_of(package, reader)
    command = Command(
        command=found.command,
        arguments=tuple(found.arguments),
        environment=found.environment,
    )
    notes = (*found.notes, *(_optional_note(kind, stated) for kind, stated in found.optional))
    label = f"{package.kind} package {package.identifier}"
    if package.transport["type"] == Transport.STDIO:
        return Way(label=label, target=command, notes=notes)
    target, more = _remote(package.transport, package.variables, reader)
    start = f"The client does not start this server. Start it first: {command.line}"
    return Way(label=label, target=target, notes=(start, *notes, *more))


def _optional_note(kind: str, stated: Mapping[str, Any]) -> str:
    name = stated.get("name") or stated.get("valueHint") or "value"
    description = stated.get("description")
    return f"Optional {kind} {name}" + (f": {description}" if description else "")
