"""Where people sign in and out and look after their password and second factors.

Of the library's pages only those that mean something here: nobody signs up alone, and no mail is
sent. The authorization server is mounted where its clients look for it.
"""

from allauth.account import views as account
from allauth.socialaccount import views as social
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.sso import views as sso
from accounts.views import LoginView, PasswordView

urlpatterns = [
    path("login", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("logout", RedirectView.as_view(pattern_name="account_logout")),
    path("accounts/login/", LoginView.as_view(), name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/", PasswordView.as_view(), name="account_change_password"),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    path("accounts/sso/login/", sso.login, name="sso_login"),
    path("accounts/sso/callback/", sso.callback, name="sso_callback"),
    path("accounts/sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("", include("accounts.oauth.urls")),
]
