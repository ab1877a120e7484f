"""Names that a person would take for one another.

Two names with the same ``look_alike_key`` clash; the column ``Server.look_alike_key`` computes the
same in the database. Letters of other scripts never get that far: the schema refuses them, and
``strange_letters`` says in whose place they stand.
"""

import unicodedata
from collections.abc import Iterator

from servers.documents.characters import named

_FOLDED = str.maketrans("._i10", "--llo")

# Letters and signs of other scripts by what they look like; full-width letters, mathematical
# alphabets and accents need no table, Unicode decomposes them.
_LOOK_ALIKES = {
    "a": "аɑα",
    "b": "вьƅ",
    "c": "сϲᴄ",
    "d": "ԁɗ",
    "e": "еєҽε",
    "f": "ғƒ",
    "g": "ɡցԍ",
    "h": "һհн",
    "i": "іıιɩ",
    "j": "јϳȷ",
    "k": "кκқ",
    "l": "ӏǀ∣",
    "m": "м",
    "n": "пոηŋ",
    "o": "оοօ೦๐øσ",
    "p": "рρ",
    "q": "ԛզ",
    "r": "гᴦ",
    "s": "ѕꜱ",
    "t": "тτ",
    "u": "υսцᴜ",
    "v": "ѵνᴠ",
    "w": "ԝωᴡ",
    "x": "хχ",
    "y": "уγү",
    "z": "ᴢʐ",
    "A": "АΑ",
    "B": "ВΒ",
    "C": "СϹ",
    "E": "ЕΕ",
    "H": "НΗ",
    "I": "ІΙӀ",
    "J": "Ј",
    "K": "КΚ",
    "M": "МΜ",
    "N": "Ν",
    "O": "ОΟՕØ",
    "P": "РΡ",
    "Q": "Ԛ",
    "S": "ЅՏ",
    "T": "ТΤ",
    "U": "Ս",
    "V": "Ѵ",
    "W": "Ԝ",
    "X": "ХΧ",
    "Y": "УΥҮ",
    "Z": "Ζ",
    "-": "‐‑‒–—―−‧・",
    ".": "·•۔",
    "_": "ˍ",
    "/": "∕⁄╱",
}
_LOOKS_LIKE = {strange: plain for plain, all_ in _LOOK_ALIKES.items() for strange in all_}


def look_alike_key(name: str) -> str:
    """``name`` with everything that looks alike made equal; it equals that of no other server."""
    return name.lower().translate(_FOLDED)


def skeleton(text: str) -> str:
    """``text`` with each letter that looks like an ASCII one replaced by it."""
    return "".join(looks_like(character) or character for character in text)


def looks_like(character: str) -> str | None:
    """The ASCII character that ``character`` is easily taken for; ``None`` for ASCII itself."""
    if character.isascii():
        return None
    if plain := _LOOKS_LIKE.get(character):
        return plain
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base.isascii() else _LOOKS_LIKE.get(base)


def strange_letters(name: str) -> Iterator[str]:
    """Each character of ``name`` that is not ASCII, in words, and what it looks like."""
    for character in dict.fromkeys(name):
        if character.isascii():
            continue
        plain = looks_like(character)
        alike = f", which looks like {plain!r}," if plain else ""
        yield f"has {named(character)}{alike} at character {name.index(character)}."
