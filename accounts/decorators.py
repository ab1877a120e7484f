"""Who may open a page."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import user_passes_test
from django.http import HttpResponseBase

Page = Callable[..., HttpResponseBase]


def readers_only(page: Page) -> Page:
    """Sends a visitor without a session to the login, unless anonymous reading is on."""
    check = user_passes_test(lambda user: user.is_authenticated or settings.ANONYMOUS_READ)
    return check(page)
