"""Publications by a clock that begins with the catalogue, and what was published."""

from datetime import timedelta

from pytest_django import Settings

from search.corpus import Corpus
from search.index.publication import Manifest, load_current
from search.services import PublicationReport, publication_due, publish_index
from tests.fixtures.factories import CREATED_AT


def publish(*, minutes: int = 0, force: bool = False) -> PublicationReport:
    return publish_index(now=CREATED_AT + timedelta(minutes=minutes), force=force)


def is_due(*, seconds: int = 0) -> bool:
    return publication_due(now=CREATED_AT + timedelta(seconds=seconds))


def published(settings: Settings) -> tuple[Manifest, Corpus]:
    return load_current(settings.INDEX_DIR)
