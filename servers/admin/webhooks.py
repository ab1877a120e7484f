"""Webhooks in the admin, and the log of what they were sent."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import User
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.outbound import OutboundRefused, check_url
from registry_site.lib.pretty_json import pretty
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers import webhooks
from servers.models import Event, Webhook, WebhookDelivery

EVENTS = [(event.value, f"{event.value}: {event.label}") for event in Event if event != Event.PING]


class WebhookForm(forms.ModelForm):
    """Where to, and what of."""

    url = forms.URLField(max_length=2000, assume_scheme="https")
    events = forms.MultipleChoiceField(
        choices=EVENTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None is all of them, those of later releases included.",
    )

    class Meta:
        model = Webhook
        fields = ["url", "events", "team", "enabled"]

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            check_url(url)
        except OutboundRefused as error:
            raise ValidationError(str(error)) from error
        return url


@admin.register(Webhook)
class WebhookAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """A secret is shown when it is made and never again."""

    form = WebhookForm
    list_display = ["url", "team", "events_in_words", "on_or_off"]
    list_filter = ["enabled", "team"]
    list_select_related = ["team"]
    search_fields = ["url"]
    actions = ["ping", "rotate_secret"]

    @admin.display(description="events")
    def events_in_words(self, webhook: Webhook) -> str:
        return ", ".join(webhook.events) or "all"

    @admin.display(description="on", ordering="enabled")
    def on_or_off(self, webhook: Webhook) -> str:
        return (
            "on" if webhook.enabled else ": ".join(filter(None, ["off", webhook.disabled_reason]))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        return [] if obj is None else ["team", "disabled_reason", "created_by", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        asked = ["url", "events", "team", "enabled"]
        return asked if obj is None else [*asked, "disabled_reason", "created_by", "created_at"]

    def save_model(
        self, request: HttpRequest, obj: Webhook, form: WebhookForm, change: bool
    ) -> None:
        asked = form.cleaned_data
        if change:
            changes: webhooks.WebhookChanges = {
                "url": asked["url"],
                "events": asked["events"],
                "enabled": asked["enabled"],
            }
            webhooks.change_webhook(webhook=obj, changes=changes, now=timezone.now())
            return
        made, secret = webhooks.create_webhook(
            **asked, created_by=cast("User", request.user), now=timezone.now()
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk = made.pk
        self._show(request, made, secret)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except webhooks.TooManyWebhooks as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect(request.path)

    def delete_model(self, request: HttpRequest, obj: Webhook) -> None:
        webhooks.delete_webhook(webhook=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            webhooks.delete_webhook(webhook=webhook, now=timezone.now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may delete a webhook may delete its log."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    @admin.action(description="Ping: send an event that tells of nothing")
    def ping(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            try:
                webhooks.ping(webhook=webhook, now=timezone.now())
            except webhooks.WebhookIsOff as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description="Replace the secret; the old one signs beside it for a day")
    def rotate_secret(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            secret = webhooks.rotate_secret(webhook=webhook, now=timezone.now())
            self._show(request, webhook, secret)

    def _show(self, request: HttpRequest, webhook: Webhook, secret: str) -> None:
        text = f"The secret of {webhook}, which is not shown again: {secret}"
        self.message_user(request, text, messages.WARNING)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return WebhookDelivery.State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.in_state(self.value()) if self.value() else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """The log, and what is still to be sent."""

    list_display = [
        "event",
        "server_name",
        "webhook",
        "attempted",
        "answer",
        "created_at",
    ]
    list_filter = [StateFilter, "event", "webhook"]
    list_select_related = ["webhook"]
    search_fields = ["server_name", "last_error", "public_id"]
    date_hierarchy = "created_at"
    actions = ["redeliver"]
    fields = [
        "public_id",
        "webhook",
        "event",
        "server_name",
        "state",
        "attempts",
        "created_at",
        "next_attempt_at",
        "delivered_at",
        "http_status",
        "last_error",
        "pretty_payload",
    ]

    class Media:
        css = {"all": ["servers/admin.css"]}

    @admin.display(description="state")
    def state(self, delivery: WebhookDelivery) -> str:
        return delivery.state.label

    @admin.display(description="state", ordering="attempts")
    def attempted(self, delivery: WebhookDelivery) -> str:
        return f"{delivery.state.label} ({delivery.attempts})"

    @admin.display(description="last answer", ordering="http_status")
    def answer(self, delivery: WebhookDelivery) -> str:
        return " ".join(filter(None, [str(delivery.http_status or ""), delivery.last_error]))

    @admin.display(description="payload")
    def pretty_payload(self, delivery: WebhookDelivery) -> SafeString:
        return pretty(delivery.payload)

    @admin.action(description="Send again, whatever became of it")
    def redeliver(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        for delivery in queryset.select_related("webhook"):
            try:
                webhooks.redeliver(delivery=delivery, now=timezone.now())
            except webhooks.WebhookIsOff as error:
                self.message_user(request, str(error), messages.ERROR)
