"""Credentials for servers in the admin: set and taken back, never shown."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from registry_site.lib.admin_search import BoundedSearchAdmin
from servers import services
from servers.models import Server, UpstreamCredential
from servers.services.credentials import check_credential


class CredentialForm(forms.ModelForm):
    """A header of one server, and what is sent in it."""

    secret = forms.CharField(
        strip=False,
        label="Value",
        widget=forms.PasswordInput,
        help_text="Scheme included, such as Bearer and the token. It is not shown again.",
    )

    class Meta:
        model = UpstreamCredential
        fields = ["server", "header"]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if {"server", "header", "secret"} <= given.keys():
            try:
                check_credential(
                    server=given["server"], header=given["header"], value=given["secret"]
                )
            except services.InvalidCredential as error:
                field = "secret" if error.field == "value" else error.field
                raise ValidationError({field: str(error)}) from error
        return given


@admin.register(UpstreamCredential)
class UpstreamCredentialAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """To replace a value is to take the credential back and set it anew."""

    form = CredentialForm
    list_display = ["header", "server", "origin", "set_by", "set_at"]
    list_select_related = ["server", "set_by"]
    search_fields = ["header", "server__name", "origin"]
    autocomplete_fields = ["server"]

    def get_fields(self, request: HttpRequest, obj: UpstreamCredential | None = None) -> Any:
        asked = ["server", "header"]
        return [*asked, "secret"] if obj is None else [*asked, "origin", "set_by", "set_at"]

    def has_change_permission(
        self, request: HttpRequest, obj: UpstreamCredential | None = None
    ) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: UpstreamCredential, form: CredentialForm, change: bool
    ) -> None:
        asked = form.cleaned_data
        made = services.set_credential(
            server=cast("Server", asked["server"]),
            header=asked["header"],
            value=asked["secret"],
            by=cast("User", request.user),
            now=timezone.now(),
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: UpstreamCredential) -> None:
        services.delete_credential(credential=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UpstreamCredential]) -> None:
        for credential in queryset:
            services.delete_credential(credential=credential, now=timezone.now())
