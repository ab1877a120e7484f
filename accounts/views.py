"""The pages of local accounts, where the library's answer is not ours, and the way to the admin."""

from http import HTTPStatus
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.views import LoginView as LibraryLoginView
from allauth.account.views import PasswordChangeView
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts import audit
from accounts.second_factor import needs_second_factor


class LoginView(LibraryLoginView):
    """Signs in with a password or a passkey, or leads to single sign-on."""

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        """429 instead of 200 once it were too many attempts, the right password included."""
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response


class PasswordView(PasswordChangeView):
    """Changes a password; there is nothing here for those who have none."""

    def form_invalid(self, form: ChangePasswordForm) -> HttpResponse:
        """Somebody at an open screen who guesses leaves a trace."""
        if form.has_error("oldpassword", "enter_current_password"):
            audit.record_denial(
                action="user.password",
                subject=form.user.username,
                detail="Wrong current password.",
                now=timezone.now(),
            )
        response: HttpResponse = super().form_invalid(form)
        return response

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


def admin_entrance(request: HttpRequest, *, leads_to: str) -> HttpResponse:
    """For whom the admin is not open: sign in, set up a second factor, or stay outside.

    One sign-in page for everything, so that throttling and second factors hold for the admin.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(leads_to)
    if request.user.is_superuser and needs_second_factor(request.user):
        messages.warning(request, "Set up a second factor: the admin opens only with one.")
        return redirect("mfa_index")
    raise PermissionDenied
