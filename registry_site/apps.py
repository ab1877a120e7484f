"""Puts our admin site in the place of Django's, and says in it what libraries are there for."""

from allauth.idp.oidc.apps import OIDCConfig
from allauth.mfa.apps import MFAConfig
from allauth.socialaccount.apps import SocialAccountConfig
from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "registry_site.admin_site.AdministrationSite"


class SingleSignOnConfig(SocialAccountConfig):  # type: ignore[misc] # allauth is untyped
    verbose_name = "Single sign-on"


class SecondFactorsConfig(MFAConfig):  # type: ignore[misc] # as above
    verbose_name = "Second factors"


class ProgramsConfig(OIDCConfig):  # type: ignore[misc] # as above
    verbose_name = "Programs (OAuth)"
