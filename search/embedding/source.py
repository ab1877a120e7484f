"""Which model on this disk ``EMBEDDING_MODEL`` names, where its files are, and its key."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from search.checksums import sha256_of
from search.embedding import packaged
from search.embedding.base import ModelNotReady

# What decides about vectors; the pictures, read-mes and other formats in the folder do not.
DECISIVE_SUFFIXES = (".safetensors", ".bin", ".json")
# From the hub only these are fetched: no pickles, no second and third format of the weights.
HUB_FILES = ["*.safetensors", "*.json", "*.txt", "*.model"]


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """A model in sentence-transformers format on this disk."""

    name: str
    folder: Path
    key: str

    def verify(self) -> None:
        """Raises ``ModelNotReady`` when the packaged model is not the official one."""
        if self.key == packaged.KEY:
            packaged.verify_packaged(self.folder)


def configured_source() -> ModelSource:
    """The model of the settings. Raises ``ModelNotReady`` when it is not on this disk."""
    name: str = settings.EMBEDDING_MODEL
    if not name:
        return ModelSource(name=packaged.NAME, folder=packaged.packaged_folder(), key=packaged.KEY)
    folder = Path(name) if Path(name).is_dir() else _hub_folder(name)
    return ModelSource(name=name, folder=folder, key=_key(name, folder))


def fetch_model() -> None:
    """Download the model of the settings when it is one of the hub's and ``HF_HUB_OFFLINE=0``."""
    name: str = settings.EMBEDDING_MODEL
    if name and not Path(name).is_dir():
        _hub_folder(name, fetch=True)


def _hub_folder(name: str, *, fetch: bool = False) -> Path:
    from huggingface_hub import constants, snapshot_download  # slow, and rarely needed

    offline = constants.HF_HUB_OFFLINE or not fetch
    revision = settings.EMBEDDING_REVISION or None
    try:
        return Path(
            snapshot_download(
                name, revision=revision, local_files_only=offline, allow_patterns=HUB_FILES
            )
        )
    except (OSError, ValueError) as error:
        pinned = f" at revision {revision}" if revision else ""
        raise ModelNotReady(
            f"EMBEDDING_MODEL is {name!r}, which is neither a folder nor{pinned} a downloaded "
            "model. Run `HF_HUB_OFFLINE=0 python manage.py prepare_model` to download it."
        ) from error


def _key(name: str, folder: Path) -> str:
    """The model's name and the digest of all files that decide about its vectors."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in DECISIVE_SUFFIXES and path.is_file():
            digest.update(f"{path.relative_to(folder)} {sha256_of(path)}\n".encode())
    return readable_key(name, digest.hexdigest())


def readable_key(name: str, digest: str) -> str:
    """A name for a vector space and for a folder: the model's, and what tells it from others."""
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '-', Path(name).name)[:60]}-{digest[:12]}"
