"""What import-linter cannot see: relations between models, and what starts a process."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

# An app may point at models of the apps listed with it; imports go down only.
MAY_POINT_AT = {
    "accounts": {"accounts", "auth", "contenttypes"},
    "servers": {"servers", "accounts"},
    "search": {"search", "servers", "accounts"},
    "healthchecks": {"healthchecks", "servers", "accounts"},
}


def relations() -> Iterator[tuple[str, str, str]]:
    """Every relation of our models: where it stands, its app, and the app it points at."""
    for app in MAY_POINT_AT:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, models.ForeignKey | models.ManyToManyField):
                    target = field.remote_field.model._meta.app_label
                    yield f"{model._meta.label}.{field.name}", app, target


@pytest.mark.parametrize(("field", "app", "target"), sorted(relations()))
def test_a_relation_points_down_only(field: str, app: str, target: str) -> None:
    assert target in MAY_POINT_AT[app], f"{field} points at {target}, above or beside {app}"


# --- Nothing that is registered is ever executed -------------------------------------------------

ROOT = Path(__file__).parents[3]
PROGRAM = sorted(
    path for package in ("registry_site", *MAY_POINT_AT) for path in (ROOT / package).rglob("*.py")
)
# Modules that start processes, whole or by one of their names.
STARTERS = ("subprocess", "multiprocessing", "pty", "pexpect", "sh", "mcp.client.stdio")
STARTING_NAMES = {
    "os": {"system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell", "subprocess"},
    "concurrent.futures": {"ProcessPoolExecutor", "process"},
    "mcp": {"StdioServerParameters", "stdio_client"},
}
STARTING_PREFIXES = ("exec", "spawn")  # of os: execv, spawnl and all their sisters
BUILTINS = {"eval", "exec", "compile", "__import__"}


def starts_a_process(module: str, name: str) -> bool:
    """Whether ``name`` of ``module`` would run a program, or anything that is only text."""
    if any(f"{module}.{name}.".startswith(f"{starter}.") for starter in STARTERS):
        return True
    if module == "os" and name.startswith(STARTING_PREFIXES):
        return True
    return name in STARTING_NAMES.get(module, ())


def offences(tree: ast.AST) -> Iterator[str]:
    """The names in a module by which something could be executed."""
    for node in ast.walk(tree):
        found: list[tuple[str, str]] = []
        if isinstance(node, ast.Import):
            found = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Attribute):
            found = [(ast.unparse(node.value), node.attr)]
        elif isinstance(node, ast.Name) and node.id in BUILTINS:
            yield node.id
        yield from (f"{module} {name}" for module, name in found if starts_a_process(module, name))


def test_the_program_has_no_means_to_execute_what_is_registered() -> None:
    found = {
        str(path.relative_to(ROOT)): list(offences(ast.parse(path.read_text(encoding="utf-8"))))
        for path in PROGRAM
    }

    assert len(found) > 200
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess",
        "from subprocess import run as innocent",
        "import multiprocessing.pool",
        "import os; os.system('x')",
        "from os import popen",
        "import os; os.execvp('x', [])",
        "import os; os.posix_spawn('x', [], {})",
        "import asyncio; asyncio.create_subprocess_shell('x')",
        "from concurrent.futures import ProcessPoolExecutor",
        "from mcp.client.stdio import stdio_client",
        "from mcp import StdioServerParameters",
        "import pty",
        "eval('x')",
    ],
)
def test_the_means_are_recognised(source: str) -> None:
    assert list(offences(ast.parse(source))) != []
