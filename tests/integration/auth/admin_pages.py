"""What the tests of the admin do on its pages, and what they find afterwards."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent


def address(model: str, page: str, *arguments: Any) -> str:
    return reverse(f"admin:accounts_{model}_{page}", args=arguments)


def post(browser: Client, model: str, page: str, *arguments: Any, **form: Any) -> Any:
    return browser.post(address(model, page, *arguments), form)


def delete(browser: Client, model: str, *rows: Any) -> Any:
    """By the action of the list, as several rows are deleted."""
    form = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    return browser.post(address(model, "changelist"), form | {"post": "yes"})


def said(page: Any) -> list[str]:
    """The messages of an answer."""
    return [str(message) for message in get_messages(page.wsgi_request)]


def happened() -> list[tuple[str, str, str]]:
    events = AuditEvent.objects.filter(outcome="done").exclude(action="login").order_by("pk")
    return [(event.action, event.subject, event.actor) for event in events]
