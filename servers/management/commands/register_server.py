"""``manage.py register_server FILE|URL``: register one document, or one live endpoint."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rest_framework.exceptions import ParseError

from accounts.management.arguments import team_of
from registry_site.lib.json_body import load_json
from servers.access import Visibility
from servers.documents import InvalidDocument
from servers.endpoints import DescribedEndpoint, EndpointFailure, describe_endpoint
from servers.management.arguments import add_owner_arguments, content_of
from servers.services import (
    LONGEST_CATEGORY,
    LONGEST_TAG,
    LooksLike,
    Offer,
    ServerExists,
    UrlTaken,
    record_features,
    register_server,
)

IS_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def at_most(length: int) -> Callable[[str], str]:
    """A text argument of at most ``length`` characters."""

    def checked(text: str) -> str:
        if len(text) > length:
            raise ArgumentTypeError(f"at most {length} characters")
        return text

    return checked


class Command(BaseCommand):
    help = "Registers a server from its server.json, or from the URL at which it answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="FILE|URL")
        parser.add_argument("--name", default="", help="register a URL under this name")
        parser.add_argument("--tag", action="append", default=[], type=at_most(LONGEST_TAG))
        parser.add_argument("--category", default="", type=at_most(LONGEST_CATEGORY))
        add_owner_arguments(parser, visibility=Visibility.TEAM)

    def handle(
        self,
        *,
        source: str,
        name: str,
        tag: list[str],
        category: str,
        team: str,
        visibility: str,
        **options: Any,
    ) -> None:
        if name and not IS_URL.match(source):
            raise CommandError("--name is for a URL; a file names its server.", returncode=2)
        owner = team_of(team)
        found = from_url(source, name) if IS_URL.match(source) else from_file(Path(source))
        now = timezone.now()
        try:
            server = register_server(
                document=found.document,
                now=now,
                team=owner,
                visibility=Visibility(visibility),
                tags=tag,
                category=category,
            )
        except (InvalidDocument, ServerExists, LooksLike, UrlTaken) as error:
            raise CommandError(str(error), returncode=2) from error
        record_features(server_id=server.pk, offer=found.offer, now=now)
        self.stdout.write(f"Registered {server.name}; see {server.get_absolute_url()}")


def from_url(url: str, name: str) -> DescribedEndpoint:
    try:
        return describe_endpoint(url, name=name)
    except EndpointFailure as error:
        raise CommandError(str(error), returncode=2) from error


def from_file(path: Path) -> DescribedEndpoint:
    try:
        return DescribedEndpoint(document=load_json(content_of(path)), offer=Offer())
    except ParseError as error:
        raise CommandError(f"{path}: {error.detail}", returncode=2) from error
