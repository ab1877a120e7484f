"""The official JSON schema of ``server.json`` and its verdicts in plain words."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
from jsonschema import Draft7Validator, ValidationError

from servers.documents.errors import DocumentError
from servers.documents.paths import path_of

SCHEMA_URL = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
SCHEMA_FILE = Path(__file__).parent.parent / "schemas" / "server.schema.2025-12-11.json"

_NAME_PATTERN = "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$"
# Patterns of the schema that a person would not care to read.
_PATTERNS_IN_WORDS = {
    _NAME_PATTERN: (
        "must be namespace/name: letters, digits, '.' and '-', one slash, "
        "then letters, digits, '.', '_' and '-'."
    ),
    r"^https?://[^\s]+$": "must be a URL that begins with http:// or https://, without spaces.",
    r"^(\d+x\d+|any)$": "must be a size such as 48x48, or any.",
    "^[a-f0-9]{64}$": "must be a sha256: 64 hexadecimal characters in lower case.",
}
_TYPES_IN_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "object": "an object",
    "string": "a string",
}


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(_schema())


@cache
def _compiled() -> Callable[[Any], Any]:
    """Knows valid from invalid at twenty times the speed of the validator, which knows why."""
    # A schema of its own: compiling rewrites the references in it.
    return fastjsonschema.compile(copy.deepcopy(_schema()), use_default=False, use_formats=False)


def schema_errors(document: Any) -> list[DocumentError]:
    """Where ``document`` departs from the schema; each departure once."""
    if _is_valid(document):
        return []
    found = [
        explained
        for error in _validator().iter_errors(document)
        for leaf in _leaves(error)
        for explained in _explain(leaf)
    ]
    return list(dict.fromkeys(found))


def _is_valid(document: Any) -> bool:
    try:
        _compiled()(document)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def unknown_fields(value: Any, definition: str, *path: str | int) -> Iterator[DocumentError]:
    """The fields of ``value`` that the schema's ``definition`` does not name.

    The schema itself lets any field pass; a misspelt optional field would vanish silently.
    """
    known = known_fields(definition)
    for field in value if isinstance(value, dict) else ():
        if field not in known:
            yield DocumentError(path_of([*path, field]), "unknown", is_unknown(field, known))


def is_unknown(field: str, known: Iterable[str]) -> str:
    """What is said of a ``field`` that is none of the ``known`` ones."""
    close = get_close_matches(field, list(known), n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"is not a known field.{hint}"


def known_fields(definition: str) -> frozenset[str]:
    """The fields that the schema's ``definition`` names."""
    return frozenset(_schema()["definitions"][definition]["properties"])


def _leaves(error: ValidationError) -> list[ValidationError]:
    """The errors worth telling: of alternatives, those of the one whose ``type`` was meant."""
    if error.validator != "anyOf":
        return [error]
    alternatives: dict[Any, list[ValidationError]] = defaultdict(list)
    for inner in error.context or ():
        alternatives[inner.schema_path[0]].append(inner)
    meant = [errors for errors in alternatives.values() if not any(map(_is_about_type, errors))]
    if len(meant) != 1:
        return [error]
    return [leaf for inner in meant[0] for leaf in _leaves(inner)]


def _is_about_type(error: ValidationError) -> bool:
    return bool(error.path) and error.path[-1] == "type"


def _explain(error: ValidationError) -> Iterator[DocumentError]:
    """``error`` in words; one for each field where several are missing."""
    path = list(error.absolute_path)
    if error.validator == "required":
        for field in _missing(error):
            yield DocumentError(path_of([*path, field]), "required", "is required.")
    elif error.validator == "anyOf":
        yield from _explain_alternatives(error)
    else:
        yield DocumentError(path_of(path), str(error.validator), _sentence(error))


def _explain_alternatives(error: ValidationError) -> Iterator[DocumentError]:
    """None of the alternatives was meant for certain: name what would decide."""
    path = list(error.absolute_path)
    context = error.context or []
    types = sorted({value for e in context if _is_about_type(e) for value in _rule(e)})
    missing = {field for e in context if e.validator == "required" for field in _missing(e)}
    if types:
        message = f"must be one of: {', '.join(types)}."
        yield DocumentError(path_of([*path, "type"]), "enum", message)
    elif "type" in missing:
        yield DocumentError(path_of([*path, "type"]), "required", "is required.")
    elif missing:
        message = f"needs one of: {', '.join(sorted(missing))}."
        yield DocumentError(path_of(path), "required", message)
    else:
        yield from _explain(context[0])


def _rule(error: ValidationError) -> Any:
    """What the schema demands where ``error`` was found: a limit, a list of values, a pattern."""
    return error.validator_value


def _missing(error: ValidationError) -> list[str]:
    instance: Any = error.instance
    return [field for field in _rule(error) if field not in instance]


def _sentence(error: ValidationError) -> str:
    limit, instance = _rule(error), str(error.instance)
    match error.validator:
        case "type":
            return f"must be {_TYPES_IN_WORDS.get(limit, limit)}."
        case "maxLength":
            return f"must be at most {limit} characters; it has {len(instance)}."
        case "minLength":
            return "must not be empty." if limit == 1 else f"must be at least {limit} characters."
        case "enum":
            return f"must be one of: {', '.join(limit)}."
        case "not":
            return "must be a version, not 'latest'."
        case _:
            return _PATTERNS_IN_WORDS.get(str(limit), f"is not valid ({error.validator}).")
