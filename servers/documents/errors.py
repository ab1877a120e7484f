"""What is wrong with a document, for people and programs alike."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentError:
    """One thing wrong with a document: where (``remotes[0].url``), by which rule, in words."""

    path: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}".lstrip()


class InvalidDocument(Exception):
    """The document is not a valid ``server.json``; ``errors`` holds every reason."""

    def __init__(self, errors: list[DocumentError]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors
