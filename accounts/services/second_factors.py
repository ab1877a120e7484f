"""The secrets of second factors, under the present ``SECRET_KEY``."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.adapters import SecondFactorAdapter
from accounts.encryption import Undecipherable, reencrypt

# What allauth keeps encrypted, of a TOTP device and of recovery codes.
ENCRYPTED = ("secret", "seed")


@transaction.atomic
def reencrypt_second_factors() -> tuple[int, list[str]]:
    """Encrypt them again; how many there were, and whose could not be deciphered."""
    done, lost = 0, []
    for factor in Authenticator.objects.select_for_update().order_by("pk"):
        try:
            done += _reencrypt(factor)
        except Undecipherable:
            lost.append(factor.user.get_username())
    return done, lost


def _reencrypt(factor: Authenticator) -> int:
    """Raises ``Undecipherable``."""
    secrets = {name: factor.data[name] for name in ENCRYPTED if name in factor.data}
    purpose = SecondFactorAdapter.PURPOSE
    factor.data |= {name: reencrypt(text, purpose=purpose) for name, text in secrets.items()}
    factor.save(update_fields=["data"])
    return len(secrets)
