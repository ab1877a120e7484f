"""What is embedded for a server and for a tool: one bounded, normalised text each.

Pure functions. Any change of what they return must raise ``FORMAT``: the texts of every server
are then made anew, and only those that really differ are embedded again.
"""

import hashlib
import re
import unicodedata

from servers.models import Server, Tool

FORMAT = 1

# The packaged model reads 256 tokens, some 1,100 characters; what lies beyond is never seen.
LONGEST_TEXT = 1_600
LONGEST_DESCRIPTION = 1_000
LONGEST_ARGUMENT = 80
MOST_ARGUMENTS = 12

# getHTTPResponse -> get, HTTP, Response; a_b-c.d/e -> a, b, c, d, e
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-./\s]+")


def server_text(server: Server) -> str:
    """A server by its name, its title, what it says of itself and its category."""
    said = sentences(server.title, server.description[:LONGEST_DESCRIPTION], server.category)
    return normalised(f"{snake_case(server.name.rpartition('/')[2])}: {said}")


def tool_text(tool: Tool, *, server: Server) -> str:
    """A tool by its name, what it does, its arguments and the server's title."""
    said = sentences(
        tool.title,
        tool.description[:LONGEST_DESCRIPTION],
        _arguments(tool),
        f"Server: {server.display_title}",
    )
    return normalised(f"{snake_case(tool.name)}: {said}")


def text_hash(text: str) -> str:
    """The sha256 of a normalised text: equal texts are embedded once."""
    return hashlib.sha256(text.encode()).hexdigest()


def snake_case(name: str) -> str:
    """An identifier in the one form that the model reads best: ``getUser-byId`` as get_User_by_Id.

    The tokenizer takes the words of snake case apart, but would read camel case as one word.
    """
    return "_".join(filter(None, _WORD_BOUNDARY.split(name)))


def normalised(text: str) -> str:
    """One form for texts that read the same, without what no tokenizer takes, and bounded."""
    readable = text.encode("utf-8", "ignore").decode()
    return " ".join(unicodedata.normalize("NFKC", readable).split())[:LONGEST_TEXT]


def sentences(*parts: str) -> str:
    """The parts that say something, each once, as sentences."""
    said = dict.fromkeys(part.strip().rstrip(".") for part in parts)
    return " ".join(f"{part}." for part in said if part)


def _arguments(tool: Tool) -> str:
    described = [
        f"{snake_case(row['name'])} ({str(row['description'])[:LONGEST_ARGUMENT]})"
        if row["description"]
        else snake_case(row["name"])
        for row in tool.argument_rows[:MOST_ARGUMENTS]
    ]
    return f"Arguments: {', '.join(described)}" if described else ""
