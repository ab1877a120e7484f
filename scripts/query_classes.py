"""Queries of the kinds that search meets, made from a real catalogue, with what answers each.

    python -m scripts.query_classes FOLDER [--catalogue FILE]

writes one relevance file a class into FOLDER; ``manage.py eval_search`` reads them, and
``make bench-quality`` makes the same without files. Nothing but the catalogue, the seed and the
words in ``query_words`` decides what they are.
"""

import argparse
import json
import re
import string
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

from scripts.query_words import (
    OTHER_LANGUAGES,
    REQUESTS,
    SAID_OTHERWISE,
    SALAD,
    SYLLABLES,
)

SHARED = Path(__file__).resolve().parent.parent.parent / "shared/data"
CATALOGUE = SHARED / "catalogue/servers_870_tools_6044.json"
SEED = 5
A_CLASS = 200

# A document or query as it stands in a relevance file.
Record = dict[str, Any]

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Shorter names are hardly names any more with a letter less.
SHORTEST_MISTYPED = 4
FEWEST_WORDS, MOST_WORDS = 6, 25
FEWEST_REPLACED, FEWEST_SPECIFIC = 2, 3
# Shorter words mostly say nothing of what a tool is about.
SHORTEST_SPECIFIC = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    arguments = parser.parse_args()
    if not arguments.catalogue.exists():
        sys.exit(f"{arguments.catalogue} is not there: name an export of a catalogue.")
    documents = tools_of(arguments.catalogue)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, queries in query_classes(documents).items():
        content = {"name": name, "documents": documents, "queries": queries}
        path = arguments.folder / f"{name.replace(' ', '_')}.json"
        path.write_text(json.dumps(content, ensure_ascii=False))
        print(f"{path}: {len(queries)} queries")
    return 0


def tools_of(path: Path) -> list[Record]:
    """The tools of a catalogue as documents."""
    documents = {
        f"{server['id']}#{tool['name']}": {
            "name": tool["name"],
            "description": tool["description"],
            "server": server["name"],
            "server_description": server["description"],
            "input_schema": tool["input_schema"],
        }
        for server in json.loads(path.read_bytes())
        for tool in server["tools"]
    }
    return [{"id": key} | document for key, document in documents.items()]


def servers_of(path: Path) -> list[Record]:
    """The servers of a catalogue as documents, with their tools."""
    return [
        {key: server[key] for key in ("id", "name", "description", "tools")}
        for server in json.loads(path.read_bytes())
    ]


def query_classes(documents: Sequence[Record]) -> dict[str, list[Record]]:
    """The queries of each class. Those that nothing answers have nothing that is relevant."""
    return {
        "exact name": exact_names(documents),
        "typo": typos(documents),
        "paraphrase": _some(paraphrases(documents, _random())),
        "two intents": _some(two_intents(documents, _random())),
        "non-English": other_languages(documents),
        "letter strings": _nonsense(letter_string),
        "pseudo words": _nonsense(pseudo_words),
        "word salad": _nonsense(word_salad),
    }


def _random() -> Random:
    return Random(SEED)  # noqa: S311 - repeatable, and no secret


def _some(queries: Iterator[Record]) -> list[Record]:
    return list(islice(queries, A_CLASS))


# --- names ---------------------------------------------------------------------------------------


def exact_names(documents: Sequence[Record]) -> list[Record]:
    """Each name as it is written; whatever has this name is relevant."""
    named: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        named[document["name"]].append(document["id"])
    return [{"query": name.strip(), "relevant": ids} for name, ids in named.items()]


def typos(documents: Sequence[Record]) -> list[Record]:
    """Each name with a letter too many, too few, wrong, or two changed over."""
    random, named = _random(), _by_spelling(documents)
    long_enough = [name for name in named if len(name) >= SHORTEST_MISTYPED]
    mistyped = ((mistype(name, random), named[name]) for name in long_enough)
    return [
        {"query": query, "relevant": ids}
        for query, ids in mistyped
        if _spelling(query) not in named
    ]


def mistype(name: str, random: Random) -> str:
    """``name`` with one error of a typist; never ``name`` itself."""
    at = random.randrange(len(name) - 1)
    letter = random.choice(string.ascii_lowercase)
    slips = [
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    ]
    slip = random.choice(slips)
    return slip if slip != name else mistype(name, random)


def _by_spelling(documents: Sequence[Record]) -> dict[str, list[str]]:
    """The ids by name, written in one way."""
    named: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        named[_spelling(document["name"])].append(document["id"])
    return named


def _spelling(name: str) -> str:
    return re.sub(r"[\s_.-]+", "_", name.strip().casefold())


# --- descriptions in other words -----------------------------------------------------------------


def paraphrases(documents: Sequence[Record], random: Random) -> Iterator[Record]:
    """What a tool does, asked for without the words of its name and in other words than its own."""
    twins = _twins(documents)
    for document in random.sample(documents, len(documents)):
        if said := reworded(document):
            query = random.choice(REQUESTS).format(said)
            yield {"query": query, "relevant": twins[document["id"]]}


def reworded(document: Record) -> str:
    """The tool's first sentence in other words, or nothing where too little would be left of it."""
    of_name = {part.lower().removesuffix("s") for part in _WORDS.findall(document["name"])}
    said, replaced, specific = [], 0, 0
    for word in _first_sentence(document):
        if other := _said_otherwise(word):
            said.append(other)
            replaced += 1
        elif word.removesuffix("s") not in of_name:
            said.append(word)
            specific += len(word) >= SHORTEST_SPECIFIC
    enough = replaced >= FEWEST_REPLACED and specific >= FEWEST_SPECIFIC
    return " ".join(said) if enough else ""


def _said_otherwise(word: str) -> str:
    """Another word for ``word``; nothing where none is known."""
    return SAID_OTHERWISE.get(word) or SAID_OTHERWISE.get(word.removesuffix("s"), "")


def _first_sentence(document: Record) -> list[str]:
    """Its words, where it has as many as a request has."""
    sentence = re.split(r"[.!?\n](?:\s|$)", (document["description"] or "").strip())[0]
    words = re.findall(r"[a-z][a-z'-]*", sentence.lower()) if sentence.isascii() else []
    return words if FEWEST_WORDS <= len(words) <= MOST_WORDS else []


def _twins(documents: Sequence[Record]) -> dict[str, list[str]]:
    """For each id those of the documents with the same name, or the same description."""
    named = _by_spelling(documents)
    described: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        described[document["description"] or document["id"]].append(document["id"])
    return {
        document["id"]: sorted(
            {
                *named[_spelling(document["name"])],
                *described[document["description"] or document["id"]],
            }
        )
        for document in documents
    }


def two_intents(documents: Sequence[Record], random: Random) -> Iterator[Record]:
    """Two things that tools of different servers do, asked for at once."""
    twins = _twins(documents)
    described = [each for each in documents if _first_sentence(each)]
    random.shuffle(described)
    for first, second in pairwise(described):
        if first["id"].partition("#")[0] != second["id"].partition("#")[0]:
            said = [" ".join(_first_sentence(each)) for each in (first, second)]
            joint = random.choice((" and then ", ", and also ", ". Then ", ". "))
            relevant = sorted({*twins[first["id"]], *twins[second["id"]]})
            yield {"query": joint.join(said), "relevant": relevant}


def other_languages(documents: Sequence[Record]) -> list[Record]:
    """Requests in other languages; relevant is what is named for what they ask."""
    return [
        {
            "query": request,
            "relevant": [
                document["id"]
                for document in documents
                if re.search(pattern, document["name"], re.IGNORECASE)
            ],
        }
        for request, pattern in OTHER_LANGUAGES
    ]


# --- what nothing answers ------------------------------------------------------------------------


def _nonsense(make: Callable[[Random], str]) -> list[Record]:
    random = _random()
    return [{"query": make(random), "relevant": []} for _ in range(A_CLASS)]


def letter_string(random: Random) -> str:
    """One to five words of letters at random."""
    words = (
        "".join(random.choices(string.ascii_lowercase, k=random.randint(3, 10)))
        for _ in range(random.randint(1, 5))
    )
    return " ".join(words)


def pseudo_words(random: Random) -> str:
    """One to four words that could be words."""
    words = (
        "".join(random.choices(SYLLABLES, k=random.randint(2, 4)))
        for _ in range(random.randint(1, 4))
    )
    return " ".join(words)


def word_salad(random: Random) -> str:
    """Three to seven words that have nothing to do with each other, nor with tools."""
    return " ".join(random.sample(SALAD, random.randint(3, 7)))


if __name__ == "__main__":
    sys.exit(main())
