"""What a document leaves for a person to fill in, and texts with such gaps in them.

A secret is always a gap, whatever the document says its value is. So is a text that looks like a
reference to an environment variable: clients replace ``${NAME}`` by what stands in the person's
environment, and a hostile document would have it sent to a server of its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

_GAP = re.compile(r"\$?\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
_REFERENCE = re.compile(r"\$[{(A-Za-z_]")
_NOT_IN_A_VARIABLE = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Input:
    """Something a person has to supply; ``name`` is fit for an environment variable."""

    name: str
    description: str = ""
    secret: bool = False
    choices: tuple[str, ...] = ()


Part = str | Input
# How a client is told to fill a gap: ``${NAME}``, ``<NAME>``.
Reference = Callable[[Input], str]


@dataclass(frozen=True)
class Text:
    """A text with gaps."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, *parts: Part) -> Self:
        return cls(tuple(part for part in parts if part != ""))

    @property
    def inputs(self) -> Iterator[Input]:
        return (part for part in self.parts if isinstance(part, Input))

    @property
    def only_input(self) -> Input | None:
        """The input that is the whole text, if it is one."""
        match self.parts:
            case (Input() as only,):
                return only
        return None

    @property
    def is_fixed(self) -> bool:
        """Whether nothing is left to fill in."""
        return not any(True for _ in self.inputs)

    def render(self, reference: Reference) -> str:
        """The text with each gap as ``reference`` writes it."""
        return "".join(part if isinstance(part, str) else reference(part) for part in self.parts)


def placeholder(gap: Input) -> str:
    """For clients that fill in nothing themselves: a person replaces it."""
    return f"<{gap.name}>"


def shell_variable(gap: Input) -> str:
    """``${NAME}``, which several clients replace by the environment variable."""
    return f"${{{gap.name}}}"


def distinct(gaps: Iterable[Input]) -> list[Input]:
    """Each input once, in order."""
    return list({gap.name: gap for gap in gaps}.values())


def inputs_of(texts: Iterable[Text]) -> list[Input]:
    return distinct(chain.from_iterable(text.inputs for text in texts))


def variable_name(*words: str) -> str:
    """``words`` as the name of an environment variable: ``X-API-Key`` is ``X_API_KEY``."""
    name = _NOT_IN_A_VARIABLE.sub("_", "_".join(words)).strip("_").upper() or "VALUE"
    return f"_{name}" if name[0].isdigit() else name


def input_of(stated: Mapping[str, Any], name: str) -> Input:
    """What a person is asked for where ``stated``, an input of the schema, is left open."""
    return Input(
        name=name,
        description=stated.get("description") or "",
        secret=bool(stated.get("isSecret")),
        choices=tuple(stated.get("choices") or ()),
    )


def literal(text: str, gap: Input) -> Text:
    """``text`` as it stands; a gap where a client would read a reference in it."""
    return Text.of(gap) if _REFERENCE.search(text) else Text.of(text)


@dataclass(frozen=True)
class InputReader:
    """Reads the inputs of one document; its ``prefix`` keeps their names apart from others'."""

    prefix: str

    def gap(self, name: str, stated: Mapping[str, Any]) -> Input:
        """What to ask for under a name that means something in this document only."""
        own = variable_name(name)
        return input_of(stated, own if own.startswith(self.prefix) else f"{self.prefix}_{own}")

    def value(self, stated: Mapping[str, Any], gap: Input) -> Text | None:
        """What ``stated`` is set to, or ``gap`` in its place.

        Nothing where it is optional and neither a value nor a default is stated.
        """
        value, default = stated.get("value"), stated.get("default")
        if value is not None:
            text = self.template(value, stated.get("variables") or {}, gap)
            return Text.of(gap) if gap.secret and text.is_fixed else text
        if default is not None and not gap.secret:
            return literal(default, gap)
        return Text.of(gap) if stated.get("isRequired") else None

    def template(self, text: str, variables: Mapping[str, Mapping[str, Any]], whole: Input) -> Text:
        """``text`` with each ``{name}`` filled in, or a gap; ``whole`` stands for all of it."""
        parts: list[Part] = []
        end = 0
        for found in _GAP.finditer(text):
            parts += [text[end : found.start()], *self._variable(found[1], variables, whole).parts]
            end = found.end()
        parts.append(text[end:])
        # Seen together: a "$" that ends one part and a "{" that begins the next are a reference.
        seen = "".join(part if isinstance(part, str) else "\0" for part in parts)
        return Text.of(whole) if _REFERENCE.search(seen) else Text.of(*parts)

    def _variable(
        self, name: str, variables: Mapping[str, Mapping[str, Any]], whole: Input
    ) -> Text:
        """The variable; one that is not declared is asked for, and as secret as the whole."""
        stated = variables.get(name, {"isSecret": whole.secret})
        asked = self.gap(name, stated)
        return self.value(stated, asked) or Text.of(asked)
