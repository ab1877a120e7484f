"""What the scan has to tell: where in which text, by which rule, in words."""

from dataclasses import dataclass, replace

from servers.documents import shortened
from servers.documents.characters import hidden_in, named

LONGEST_EXCERPT = 300  # characters, as the column
LONGEST_MESSAGE = 500


@dataclass(frozen=True)
class Span:
    """The part of a text that a rule warns of."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A span with its text's ``path`` in the definition or document, and the rule that saw it."""

    path: str
    rule: str
    start: int
    end: int
    excerpt: str
    message: str

    def below(self, prefix: str) -> "Finding":
        """The same finding in something that contains what was scanned."""
        return replace(self, path=prefix + self.path)


def finding(*, rule: str, path: str, text: str, span: Span) -> Finding:
    """What ``rule`` says of ``span``, in texts that can be shown anywhere."""
    return Finding(
        path=path,
        rule=rule,
        start=span.start,
        end=span.end,
        excerpt=shortened(visible(text[span.start : span.end][:LONGEST_EXCERPT]), LONGEST_EXCERPT),
        message=shortened(visible(span.message), LONGEST_MESSAGE),
    )


def visible(text: str) -> str:
    """``text`` with what nobody sees spelled out, as in ``<U+200B ZERO WIDTH SPACE>``."""
    hidden = {each.offset for each in hidden_in(text)}
    return "".join(f"<{named(each)}>" if at in hidden else each for at, each in enumerate(text))
