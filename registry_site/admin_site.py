"""The Django admin: for administrators only, whoever else Django would let in.

``is_staff``, groups and Django's model permissions mean nothing here; everybody else uses the
pages and the API, whose actions are asked of ``servers.access``.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.second_factor import needs_second_factor
from accounts.services import principal_of
from accounts.views import admin_entrance

# Whose pages are shown. Those that libraries bring show what is nobody's business, or what means
# nothing here, as Django's groups do.
OUR_APPS = ("accounts", "servers", "search", "healthchecks")


class AdministrationSite(AdminSite):
    """Made the default site by ``registry_site.apps``."""

    site_header = site_title = "Rollcall"
    index_title = "Administration"

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: "type[ModelAdmin[Any]] | None" = None,
        **options: Any,
    ) -> None:
        """Take the pages of our own apps; leave out those of libraries."""
        if admin_class and admin_class.__module__.partition(".")[0] in OUR_APPS:
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether an active administrator is signed in, with what second factor is needed."""
        return principal_of(request).is_administrator and not needs_second_factor(request.user)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no other sign-in page than everybody's."""
        index = reverse("admin:index")
        if self.has_permission(request):
            return redirect(index)
        return admin_entrance(request, leads_to=request.GET.get(REDIRECT_FIELD_NAME, index))

    def password_change(  # type: ignore[override]  # Django's views want no TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no other page for it either."""
        return redirect("account_change_password")
