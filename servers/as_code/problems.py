"""What is wrong with files, each thing with its place."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True, kw_only=True)
class Problem:
    """One thing that is wrong with a file: ``path:line: field: reason``."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        about = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {about}{self.reason}"


class WrongFiles(Exception):
    """Something is wrong with some of the files; ``problems`` names it all, and nothing is done."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in sorted(problems)))
        self.problems = sorted(problems)
