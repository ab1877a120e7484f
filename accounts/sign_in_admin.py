"""How people and programs sign in, in the admin: looked at and ended, never made or changed.

In place of the library's own pages, which ``registry_site.admin_site`` leaves out: they would show
what is nobody's business.
"""

from typing import Any

from allauth.idp.oidc.models import Client
from allauth.idp.oidc.models import Token as OAuthToken
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import services
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin


class EndedOnly(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Deleting ends it at once."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may end a program may end its tokens."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.end_sign_in(row=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            services.end_sign_in(row=row, now=timezone.now())


@admin.register(Authenticator)
class SecondFactorAdmin(EndedOnly):
    """For somebody who lost a phone: deleted here, set up anew by its owner.

    A receiver notes in the audit trail what ends, whoever ends it.
    """

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        queryset.delete()


@admin.register(SocialAccount)
class SingleSignOnAdmin(EndedOnly):
    """Who is who at the identity provider."""

    list_display = ["user", "provider", "uid", "last_login"]
    list_select_related = ["user"]
    search_fields = ["user__username", "uid"]
    fields = ["user", "provider", "uid", "date_joined", "last_login"]


@admin.register(Client)
class OAuthClientAdmin(EndedOnly):
    """Programs that may ask people for access."""

    list_display = ["name", "id", "redirect_uris", "created_at"]
    search_fields = ["name", "id"]
    fields = ["name", "id", "redirect_uris", "scopes", "created_at"]


@admin.register(OAuthToken)
class OAuthTokenAdmin(EndedOnly):
    """What programs were given; only hashes are kept, and not shown either."""

    list_display = ["user", "client", "type", "scopes", "created_at", "expires_at"]
    list_filter = ["type"]
    list_select_related = ["user", "client"]
    search_fields = ["user__username", "client__name"]
    fields = ["user", "client", "type", "scopes", "created_at", "expires_at"]
