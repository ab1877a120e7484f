"""People and tokens in the admin. A token is made and revoked here, never read or changed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from accounts.api.serializers import LONGEST_LIFETIME_DAYS
from accounts.models import ApiToken, User
from accounts.services import create_token
from registry_site.lib.admin_search import BoundedSearchAdmin


@admin.register(User)
class AccountAdmin(BoundedSearchAdmin, UserAdmin):
    """Django's own page for people."""


class ApiTokenForm(forms.ModelForm):
    """What has to be said of a new token."""

    lifetime_days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_LIFETIME_DAYS,
        required=False,
        help_text="Days until the token expires; never, when left empty.",
    )

    class Meta:
        model = ApiToken
        fields = ["user", "name"]


@admin.register(ApiToken)
class ApiTokenAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """Deleting a token revokes it at once."""

    form = ApiTokenForm
    list_display = ["name", "user", "token_key", "created", "expiry", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "token_key"]
    date_hierarchy = "created"

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: ApiToken, form: ApiTokenForm, change: bool
    ) -> None:
        days = form.cleaned_data["lifetime_days"]
        token, clear = create_token(
            user=obj.user, name=obj.name, lifetime=timedelta(days=days) if days else None
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk = token.pk
        obj.token_key = token.token_key
        messages.warning(request, f"Copy the token now, it is not shown again: {clear}")

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        if obj is None:
            return ["user", "name", "lifetime_days"]
        return ["user", "name", "token_key", "created", "expiry", "last_used_at"]
