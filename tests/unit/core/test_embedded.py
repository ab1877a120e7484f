"""registry_site.lib.embedded: what the embedded run makes for itself."""

import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from registry_site.lib.embedded import LONGEST_SOCKET_PATH, generated_secret, redis_socket


def test_a_secret_is_made_once_and_readable_by_its_owner_only(temp_dir: Path) -> None:
    path = temp_dir / "secrets" / "secret_key"

    secret = generated_secret(path)

    assert len(secret) == 64
    assert generated_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_homes_have_two_secrets(temp_dir: Path) -> None:
    assert generated_secret(temp_dir / "one") != generated_secret(temp_dir / "two")


def test_who_starts_at_the_same_moment_gets_the_same_secret(temp_dir: Path) -> None:
    path = temp_dir / "secret_key"

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: generated_secret(path), range(8)))

    assert len(secrets) == 1


def test_redis_listens_inside_its_home() -> None:
    assert redis_socket(Path("/srv/rollcall")) == Path("/srv/rollcall/redis/redis.sock")


def test_a_path_too_long_for_the_kernel_is_moved_to_the_temporary_folder() -> None:
    home = Path("/srv") / ("long" * 30)

    socket = redis_socket(home)

    assert len(str(socket)) <= LONGEST_SOCKET_PATH
    assert socket.is_relative_to(tempfile.gettempdir())
    assert socket != redis_socket(home / "other")
