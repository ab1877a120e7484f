"""Identity tokens that are not what they should be, from a provider whose token endpoint lies."""

import hmac
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import get_user
from django.test import Client
from django.utils import timezone
from jwt.utils import base64url_encode

from accounts.models import AuditEvent, User
from accounts.sso.issuer import PAUSE, InvalidIssuerToken, IssuerUnavailable, issuer_at
from tests.fixtures.oidc_provider import CLIENT_ID, Claims, Forgery, OidcProvider, signed

pytestmark = pytest.mark.django_db


def changed(**changes: Any) -> Forgery:
    """A token of the provider itself that says something else."""
    return lambda claims, key: signed(claims | changes, key)


def without(claim: str) -> Forgery:
    return lambda claims, key: signed(
        {name: value for name, value in claims.items() if name != claim}, key
    )


def unsigned(claims: Claims, key: Any) -> str:
    return jwt.encode(claims, "", algorithm="none", headers={"kid": key.thumbprint()})


def signed_with_the_public_key(claims: Claims, key: Any) -> str:
    """HS256, whose secret is what everybody can read. PyJWT refuses to make it; hence by hand."""
    header = {"alg": "HS256", "kid": key.thumbprint()}
    parts = [base64url_encode(json.dumps(part).encode()) for part in (header, claims)]
    mac = hmac.digest(key.as_pem(is_private=False), b".".join(parts), "sha256")
    return b".".join([*parts, base64url_encode(mac)]).decode()


def signed_by_somebody_else(claims: Claims, key: Any) -> str:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, other, algorithm="RS256", headers={"kid": key.thumbprint()})


def altered(claims: Claims, key: Any) -> str:
    head, _, signature = signed(claims, key).split(".")
    _, body, _ = signed(claims | {"sub": "somebody-else"}, key).split(".")
    return f"{head}.{body}.{signature}"


FORGERIES: dict[str, Forgery] = {
    "wrong audience": changed(aud="another-client"),
    "one of many audiences, none of them us": changed(aud=["a", "b"]),
    "expired": changed(exp=int(time.time()) - 3600),
    "wrong issuer": changed(iss="https://evil.example"),
    "another sign-in's nonce": changed(nonce="old"),
    "no nonce": without("nonce"),
    "no expiry": without("exp"),
    "no audience": without("aud"),
    "no subject": without("sub"),
    "alg none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "signed by somebody else": signed_by_somebody_else,
    "altered": altered,
    "unknown key": lambda claims, key: signed(claims, key, kid="no-such-key"),
    "no token at all": lambda claims, key: "not a token",
    "somebody else than userinfo tells of": changed(sub="somebody-else"),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_signs_nobody_in(oidc_provider: OidcProvider, forgery: Forgery) -> None:
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.forgery = forgery
    browser = Client()

    answer = oidc_provider.sign_in(browser, "17")

    assert answer.status_code == 401
    assert "Sign-in failed" in answer.text
    assert get_user(browser).is_anonymous
    assert not User.objects.exists()
    event = AuditEvent.objects.get()
    assert (event.action, event.outcome) == ("login", AuditEvent.Outcome.DENIED)
    assert event.detail.startswith("Single sign-on: ")


def test_the_forger_can_tell_the_truth(oidc_provider: OidcProvider) -> None:
    """Otherwise the test above would prove nothing."""
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.forgery = signed
    browser = Client()

    oidc_provider.sign_in(browser, "17")

    assert get_user(browser).get_username() == "ada"


# --- The provider's keys -----------------------------------------------------------------------


def test_a_key_rotation_is_survived(oidc_provider: OidcProvider) -> None:
    oidc_provider.forgery = signed
    oidc_provider.sign_in(Client(), "17")
    oidc_provider.rotate_keys()
    browser = Client()

    with time_machine.travel(timezone.now() + PAUSE + timedelta(seconds=1)):
        oidc_provider.sign_in(browser, "17")

    assert get_user(browser).is_authenticated


def test_strangers_cannot_make_the_provider_be_asked_all_the_time(
    oidc_provider: OidcProvider, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = issuer_at(oidc_provider.url)
    now = timezone.now()
    issuer.metadata(now=now)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    caplog.clear()
    caplog.set_level("INFO", logger="werkzeug")
    later = now + PAUSE

    for number in range(20):
        token = jwt.encode({}, key, algorithm="RS256", headers={"kid": f"made-up-{number}"})
        with pytest.raises(InvalidIssuerToken):
            issuer.verify(token=token, audiences=[CLIENT_ID], now=later)

    assert sum("/jwks" in message for message in caplog.messages) == 1


def test_a_provider_that_names_another_issuer_is_not_believed(oidc_provider: OidcProvider) -> None:
    same_place = oidc_provider.url.replace("127.0.0.1", "localhost")

    with pytest.raises(IssuerUnavailable, match="another issuer"):
        issuer_at(same_place + "/").metadata(now=timezone.now())


def test_a_provider_that_fails_is_asked_again_after_a_pause(oidc_provider: OidcProvider) -> None:
    now = timezone.now()
    nobody = issuer_at("http://127.0.0.1:9")

    for moment in (now, now + timedelta(seconds=1)):
        with pytest.raises(IssuerUnavailable):
            nobody.metadata(now=moment)

    nobody.url = oidc_provider.url
    assert nobody.metadata(now=now + PAUSE)["issuer"] == oidc_provider.url
