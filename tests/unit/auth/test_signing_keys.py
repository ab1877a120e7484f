"""accounts.signing_keys: which key signs, which ones verify, and for how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from allauth.core.internal.jwkkit import load_jwk_from_pem
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from pytest_django.fixtures import Settings

from accounts import signing_keys
from accounts.checks import signing_keys_can_be_read
from accounts.json_web_tokens import InvalidJWT, issue_jwt, verify_jwt

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.JWT_KEYS_DIR = tmp_path / "jwt"
    return tmp_path / "jwt"


def ids_at(moment: datetime) -> list[str]:
    return [key.kid for key in signing_keys.verifying_keys(now=moment)]


def test_the_embedded_run_makes_the_first_key(settings: Settings) -> None:
    first = signing_keys.signing_key(now=NOW)

    assert signing_keys.signing_key(now=NOW + DAY) == first
    assert ids_at(NOW) == [first.kid]


def test_a_deployment_is_told_how_to_make_one(settings: Settings) -> None:
    settings.EMBEDDED = False

    with pytest.raises(signing_keys.NoSigningKey, match="manage.py rotate_signing_key"):
        signing_keys.signing_key(now=NOW)


def test_a_key_is_for_its_owner_alone(folder: Path) -> None:
    key = signing_keys.rotate(now=NOW)

    assert key.path == folder / f"{key.kid}.pem"
    assert key.path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in repr(key)


def test_the_identity_provider_reads_the_same_key_under_the_same_id() -> None:
    key = signing_keys.rotate(now=NOW)

    jwk, _ = load_jwk_from_pem(key.pem)

    assert jwk["kid"] == key.kid


def test_a_new_key_signs_and_the_old_one_verifies_until_its_last_token_is_over() -> None:
    old = signing_keys.rotate(now=NOW)
    new = signing_keys.rotate(now=NOW + DAY)

    assert signing_keys.signing_key(now=NOW + DAY).kid == new.kid
    assert ids_at(NOW + DAY + HOUR - SECOND) == [new.kid, old.kid]
    assert ids_at(NOW + DAY + HOUR) == [new.kid]


def test_a_token_survives_the_rotation_and_not_the_end_of_its_key() -> None:
    token = issue_jwt(user_id=7, now=NOW, lifetime=HOUR)
    signing_keys.rotate(now=NOW + SECOND)

    assert verify_jwt(token=token, now=NOW + HOUR - SECOND).user_id == 7
    with pytest.raises(InvalidJWT):
        verify_jwt(token=token, now=NOW + HOUR + SECOND)


def test_pruning_removes_what_verifies_nothing(folder: Path) -> None:
    spent = signing_keys.rotate(now=NOW)
    old = signing_keys.rotate(now=NOW + DAY)
    new = signing_keys.rotate(now=NOW + DAY + SECOND)

    assert signing_keys.prune(now=NOW + DAY + HOUR) == [spent.kid]
    assert signing_keys.prune(now=NOW + DAY + HOUR) == []
    assert {path.stem for path in folder.iterdir()} == {old.kid, new.kid}


def test_keys_that_can_be_read_pass_the_check() -> None:
    signing_keys.rotate(now=NOW)

    assert signing_keys_can_be_read() == []


def test_a_key_without_a_date_is_the_oldest(folder: Path) -> None:
    key = signing_keys.rotate(now=NOW)
    key.path.write_text(key.pem.partition("\n\n")[2])

    assert signing_keys.signing_key(now=NOW).kid == key.kid
    assert signing_keys.rotate(now=NOW).kid == signing_keys.signing_key(now=NOW).kid


def test_a_file_that_is_no_rsa_key_is_named(folder: Path) -> None:
    folder.mkdir()
    curve = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for content in (b"nothing", curve):
        (folder / "odd.pem").write_bytes(content)
        with pytest.raises(signing_keys.UnreadableKey, match=r"odd\.pem"):
            signing_keys.signing_key(now=NOW)
        assert [error.id for error in signing_keys_can_be_read()] == ["accounts.E006"]
