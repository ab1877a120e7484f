"""Signatures of webhooks, by the specification's own example and by another's eyes."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime

from servers.webhooks.signing import new_secret, signed_headers

# The example of the Standard Webhooks reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SENT_AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers(*secrets: str, body: bytes = BODY) -> dict[str, str]:
    return signed_headers(message_id=MESSAGE, body=body, with_secrets=secrets, now=SENT_AT)


def test_the_example_of_the_specification() -> None:
    assert headers(SECRET) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_another_body_has_another_signature() -> None:
    assert headers(SECRET, body=BODY + b" ")["webhook-signature"] != SIGNATURE


def test_each_secret_signs_beside_the_others() -> None:
    newer = new_secret()
    first, second = headers(newer, SECRET)["webhook-signature"].split(" ")
    content = f"{MESSAGE}.1614265330.".encode() + BODY
    digest = hmac.digest(b64decode(newer.removeprefix("whsec_")), content, hashlib.sha256)

    assert first == "v1," + b64encode(digest).decode()
    assert second == SIGNATURE


def test_secrets_are_long_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(b64decode(each.removeprefix("whsec_"))) for each in secrets} == {32}
