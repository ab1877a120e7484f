"""What can be found by: the texts of a server and of a tool that become vectors, and their words.

Pure functions. Any change of what they return must raise ``FORMAT``: the texts of every server
are then made anew, and only those that really differ are embedded again.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from search.lexical import document_words
from servers.models import Server, Tool

FORMAT = 2

# The packaged model reads 256 tokens, some 1,100 characters; what lies beyond is never seen.
LONGEST_TEXT = 1_600
LONGEST_DESCRIPTION = 1_000
LONGEST_ARGUMENT = 80
MOST_ARGUMENTS = 12

# getHTTPResponse -> get, HTTP, Response; a_b-c.d/e -> a, b, c, d, e
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-./\s]+")


@dataclass(frozen=True, kw_only=True)
class Text:
    """One thing in three texts, each normalised: queries resemble now the one, now the other."""

    full: str
    # The title and the description, and the name as one would say it; empty where there are none.
    description: str
    name: str

    @property
    def parts(self) -> tuple[str, str, str]:
        """The full text, the description and the name; where one is missing, the full text."""
        return self.full, self.description or self.full, self.name or self.full


def server_text(server: Server, *, aliases: Iterable[str] = ()) -> Text:
    """A server by its name, its title, what it says of itself, its category and its aliases."""
    name = _own_name(server)
    title, description = server.title, server.description[:LONGEST_DESCRIPTION]
    known_as = ", ".join(sorted(aliases))
    said = sentences(title, description, server.category, known_as and f"Alias: {known_as}")
    return Text(
        full=normalised(f"{snake_case(name)}: {said}"),
        description=normalised(sentences(title, description)),
        name=normalised(spoken(name)),
    )


def tool_text(tool: Tool, *, server: Server) -> Text:
    """A tool by its name, what it does and the server's title.

    Its arguments are found by their words: in the vector they made no difference that could be
    measured, and encoding took twice as long.
    """
    title, description = tool.title, tool.description[:LONGEST_DESCRIPTION]
    server_title = server.display_title
    said = sentences(title, description, server_title and f"Server: {server_title}")
    return Text(
        full=normalised(f"{snake_case(tool.name)}: {said}"),
        description=normalised(sentences(title, description)),
        name=normalised(spoken(tool.name)),
    )


def server_words(server: Server, *, aliases: Iterable[str] = (), tags: Iterable[str] = ()) -> str:
    """The words of a server, those included by which its people mark it.

    Which of them tell servers apart is for the ranking to say: a tag that most servers have
    weighs next to nothing there, but would pull their vectors towards each other.
    """
    labels = [str(value) for _, value in sorted(server.labels.items())]
    marks = (*sorted(aliases), server.category, *labels, *sorted(tags))
    return document_words(
        server.name, server.title, server.description[:LONGEST_DESCRIPTION], *marks
    )


def tool_words(tool: Tool, *, server: Server, aliases: Iterable[str] = ()) -> str:
    """The words of a tool and of its arguments, and by what names its server is known."""
    return document_words(
        tool.name,
        tool.title,
        tool.description[:LONGEST_DESCRIPTION],
        *_arguments(tool),
        server.display_title,
        *sorted(aliases),
    )


def text_hash(text: Text) -> str:
    """The sha256 of all parts: equal texts are embedded once."""
    # No normalised text holds a line break.
    return hashlib.sha256("\n".join(text.parts).encode()).hexdigest()


def snake_case(name: str) -> str:
    """An identifier in the one form that the model reads best: ``getUser-byId`` as get_User_by_Id.

    The tokenizer takes the words of snake case apart, but would read camel case as one word.
    """
    return "_".join(_words_of(name))


def spoken(name: str) -> str:
    """An identifier as one would say it: ``getUser-byId`` as get User by Id."""
    return " ".join(_words_of(name))


def normalised(text: str) -> str:
    """One form for texts that read the same, without what no tokenizer takes, and bounded."""
    readable = text.encode("utf-8", "ignore").decode()
    return " ".join(unicodedata.normalize("NFKC", readable).split())[:LONGEST_TEXT]


def sentences(*parts: str) -> str:
    """The parts that say something, each once, as sentences."""
    said = dict.fromkeys(part.strip().rstrip(".") for part in parts)
    return " ".join(f"{part}." for part in said if part)


def _own_name(server: Server) -> str:
    """The server's name without its namespace."""
    return server.name.rpartition("/")[2]


def _words_of(name: str) -> list[str]:
    return [word for word in _WORD_BOUNDARY.split(name) if word]


def _arguments(tool: Tool) -> list[str]:
    """The first arguments by name and, where they have one, description."""
    return [
        f"{snake_case(row['name'])} ({str(row['description'])[:LONGEST_ARGUMENT]})"
        if row["description"]
        else snake_case(row["name"])
        for row in tool.argument_rows[:MOST_ARGUMENTS]
    ]
