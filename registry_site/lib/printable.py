"""Foreign texts in one line: logs, reasons and terminals take nothing else from strangers."""


def printable(text: str, *, instead: str = " ") -> str:
    """``text`` with ``instead`` for line ends, control characters and whatever nobody sees."""
    return "".join(character if character.isprintable() else instead for character in text)
