"""How a package of each registry type is run by the tool that comes with its ecosystem.

The order of the arguments is the one in which VS Code builds them when it installs from a registry
(microsoft/vscode, ``src/vs/platform/mcp/common/mcpManagementService.ts``), so that an allow list of
commands fits both. A ``runtimeHint`` is followed where it names a program that is known here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from servers.client_configuration.inputs import (
    Input,
    InputReader,
    Text,
    input_of,
    literal,
    variable_name,
)

Stated = Mapping[str, Any]
# Programs that run code which is installed already, and are told what to run by their arguments.
INTERPRETERS = ("python", "python3", "node", "bun", "deno")
_USUAL_BASE = {
    "npm": "https://registry.npmjs.org",
    "pypi": "https://pypi.org",
    "nuget": "https://api.nuget.org",
    "oci": "https://docker.io",
}


@dataclass(frozen=True)
class Package:
    """A package of a document."""

    stated: Stated

    @property
    def kind(self) -> str:
        return str(self.stated["registryType"])

    @property
    def identifier(self) -> str:
        return str(self.stated["identifier"])

    @property
    def version(self) -> str:
        return str(self.stated.get("version") or "")

    @property
    def transport(self) -> Stated:
        transport: Stated = self.stated["transport"]
        return transport

    @property
    def is_bundle(self) -> bool:
        return self.kind == "mcpb"

    @property
    def base(self) -> str:
        """The address of the package registry, where it is not the one everybody uses."""
        base = str(self.stated.get("registryBaseUrl") or "").rstrip("/")
        usual = _USUAL_BASE.get(self.kind)
        return "" if usual is None or base.startswith(usual) else base

    @property
    def pinned(self) -> str:
        """The identifier with the version, as npm and NuGet write it."""
        return f"{self.identifier}@{self.version}" if self.version else self.identifier

    @property
    def arguments(self) -> list[Stated]:
        return list(self.stated.get("packageArguments") or [])

    @property
    def runtime_arguments(self) -> list[Stated]:
        return list(self.stated.get("runtimeArguments") or [])

    @property
    def environment(self) -> list[Stated]:
        return list(self.stated.get("environmentVariables") or [])

    @property
    def variables(self) -> dict[str, Stated]:
        """What the address of its transport may name: its arguments and environment variables."""
        inputs = [*self.arguments, *self.runtime_arguments, *self.environment]
        names = ((one.get("valueHint") or one.get("name") or "", one) for one in inputs)
        return {name.lstrip("-"): one for name, one in names}


@dataclass(kw_only=True)
class RunCommand:
    """The command that runs a package, and what was left out of it."""

    command: str
    arguments: list[Text] = field(default_factory=list)
    environment: dict[str, Text] = field(default_factory=dict)
    optional: list[tuple[str, Stated]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *words: str) -> None:
        self.arguments += [Text.of(word) for word in words]


def command_of(package: Package, reader: InputReader) -> RunCommand:
    """The command that runs ``package``."""
    hint = str(package.stated.get("runtimeHint") or "")
    if hint in INTERPRETERS and package.runtime_arguments:
        return _installed_before(package, reader, hint)
    return _RUNNERS.get(package.kind, _unknown)(package, reader, hint)


def _npm(package: Package, reader: InputReader, hint: str) -> RunCommand:
    run = RunCommand(command="bunx" if hint in ("bun", "bunx") else "npx")
    if run.command == "npx" and not _states(package, "-y", "--yes"):
        run.add("-y")
    if package.base:
        run.add(f"--registry={package.base}")
    _add_arguments(run, package.runtime_arguments, reader)
    _add_package(run, package, package.pinned)
    return _finished(run, package, reader)


def _pypi(package: Package, reader: InputReader, hint: str) -> RunCommand:
    run = RunCommand(command="pipx" if hint == "pipx" else "uvx")
    if run.command == "pipx":
        run.add("run")
    if package.base:
        run.add("--index-url", f"{package.base}/simple")
    _add_arguments(run, package.runtime_arguments, reader)
    version = f"=={package.version}" if package.version else ""
    _add_package(run, package, package.identifier + version)
    return _finished(run, package, reader)


def _nuget(package: Package, reader: InputReader, hint: str) -> RunCommand:
    run = RunCommand(command="dnx")
    if package.base:
        run.add("--source", package.base)
    _add_arguments(run, package.runtime_arguments, reader)
    _add_package(run, package, package.pinned)
    if not _states(package, "--yes"):
        run.add("--yes")
    if package.arguments:
        run.add("--")
    return _finished(run, package, reader)


def _oci(package: Package, reader: InputReader, hint: str) -> RunCommand:
    run = RunCommand(command="podman" if hint == "podman" else "docker")
    run.add("run", "-i", "--rm")
    _add_arguments(run, package.runtime_arguments, reader)
    _add_environment(run, package, reader)
    for name in run.environment:
        run.add("-e", name)
    _add_package(run, package, _image(package))
    _add_arguments(run, package.arguments, reader)
    return run


def _cargo(package: Package, reader: InputReader, hint: str) -> RunCommand:
    run = RunCommand(command=package.identifier)
    run.notes.append(f"Install it first: cargo install {package.pinned}")
    return _finished(run, package, reader)


def _unknown(package: Package, reader: InputReader, hint: str) -> RunCommand:
    run = RunCommand(command=package.identifier)
    run.notes.append(f"Install it first, as packages of the type {package.kind} are installed.")
    return _finished(run, package, reader)


def _installed_before(package: Package, reader: InputReader, program: str) -> RunCommand:
    run = RunCommand(command=program)
    run.notes.append(f"Install the {package.kind} package {package.pinned} first.")
    _add_arguments(run, package.runtime_arguments, reader)
    return _finished(run, package, reader)


_RUNNERS: dict[str, Callable[[Package, InputReader, str], RunCommand]] = {
    "npm": _npm,
    "pypi": _pypi,
    "nuget": _nuget,
    "oci": _oci,
    "cargo": _cargo,
}


def _finished(run: RunCommand, package: Package, reader: InputReader) -> RunCommand:
    """With what comes after the package: its own arguments, and its environment."""
    _add_arguments(run, package.arguments, reader)
    _add_environment(run, package, reader)
    return run


def _image(package: Package) -> str:
    """The name of a container image; documents of before December 2025 keep its parts apart."""
    image = package.identifier
    host = package.base.partition("://")[2]
    if host and not image.startswith(f"{host}/"):
        image = f"{host}/{image}"
    tagged = "@" in image or ":" in image.rpartition("/")[2]
    return image if tagged or not package.version else f"{image}:{package.version}"


def _add_package(run: RunCommand, package: Package, spelled: str) -> None:
    """Name the package, unless the runtime arguments have done so already."""
    for stated in package.runtime_arguments:
        value = str(stated.get("value") or "")
        if value == package.identifier or value.startswith(
            tuple(package.identifier + mark for mark in "@=[:")
        ):
            return
    gap = Input(name=variable_name(package.kind, "package"), description="The package to run.")
    run.arguments.append(literal(spelled, gap))


def _states(package: Package, *flags: str) -> bool:
    return any(
        flag in (stated.get("name"), stated.get("value"))
        for stated in package.runtime_arguments
        for flag in flags
    )


def _add_arguments(run: RunCommand, stated: list[Stated], reader: InputReader) -> None:
    for argument in stated:
        words = list(_argument(argument, reader))
        if words:
            run.arguments += words
        else:
            run.optional.append(("argument", argument))


def _argument(stated: Stated, reader: InputReader) -> Iterator[Text]:
    """The words of one argument; none where it is optional and not set."""
    flag = stated.get("name") if stated["type"] == "named" else None
    gap = reader.gap(stated.get("valueHint") or flag or "argument", stated)
    if flag and stated.get("format") == "boolean" and _is_switch(stated):
        yield literal(flag, gap)
        return
    value = reader.value(stated, gap)
    if flag and (value is not None or _is_bare_flag(stated)):
        yield literal(flag, gap)
    if value is not None:
        yield value


def _is_switch(stated: Stated) -> bool:
    """Whether it is said by its name alone."""
    return bool(stated.get("isRequired")) and not {"value", "default"} & stated.keys()


def _is_bare_flag(stated: Stated) -> bool:
    """A name without anything that speaks of a value: ``-i``, ``--rm``."""
    return not stated.keys() - {"type", "name"}


def _add_environment(run: RunCommand, package: Package, reader: InputReader) -> None:
    for stated in package.environment:
        name = stated["name"]
        if not name:
            continue  # some of the official registry's have none
        value = reader.value(stated, input_of(stated, variable_name(name)))
        if value is None:
            run.optional.append(("environment variable", stated))
        else:
            run.environment[name] = value
