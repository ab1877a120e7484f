"""Puts our admin site in the place of Django's, before any app registers its pages."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "registry_site.admin_site.AdministrationSite"
