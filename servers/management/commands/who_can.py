"""``manage.py who_can SERVER [TOOL]``: who may do what to a server, and why."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from servers.explanations import Access, Explanation, who_can
from servers.management.arguments import server_named


class Command(BaseCommand):
    help = (
        "Lists what everybody may do to a server or one of its tools, then each account that may "
        "do more, with every reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("server", metavar="SERVER", help="its name: namespace/name")
        parser.add_argument("tool", metavar="TOOL", nargs="?", help="the name of one of its tools")

    def handle(self, *, server: str, tool: str | None, **options: Any) -> None:
        row = server_named(server)
        if tool is not None and not row.tools.current().filter(name=tool).exists():
            self.stderr.write(f"{row.name} lists no tool {tool!r}. If it had one:")
        for access in who_can(server=row, now=timezone.now(), tool=tool):
            self.stdout.write("\n".join(lines_of(access)))


def lines_of(access: Access) -> Iterator[str]:
    """One line of what is allowed, and one for each reason with the actions it gives."""
    allowed = ", ".join(_in_words(each) for each in access.explanations if each.allowed)
    yield f"{access.who}: {allowed or 'nothing'}"
    for words, actions in reasons_of(access).items():
        yield f"    {', '.join(actions)}: {words}"


def _in_words(explanation: Explanation) -> str:
    if explanation.tools is None:
        return explanation.action
    return f"{explanation.action} (some tools only: {' and '.join(explanation.tools)})"


def reasons_of(access: Access) -> dict[str, list[str]]:
    """The actions that each reason allows, the reasons as they first come up."""
    actions: dict[str, list[str]] = {}
    for each in access.explanations:
        for words in each.because if each.allowed else ():
            actions.setdefault(words, []).append(each.action)
    return actions
