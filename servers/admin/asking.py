"""A page between an action of a list and what it does, for what the action needs to know."""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

CONFIRMED = "confirmed"


def asked(
    model_admin: ModelAdmin,
    request: HttpRequest,
    rows: QuerySet[Any],
    form_class: type[forms.Form],
    title: str,
) -> dict[str, Any] | TemplateResponse:
    """What was answered in ``form_class``; or the page that asks, which an action returns."""
    form = form_class(request.POST if CONFIRMED in request.POST else None)
    if form.is_bound and form.is_valid():
        return form.cleaned_data
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "form": form,
        "rows": rows,
        "action": request.POST["action"],
        "select_across": request.POST.get("select_across", "0"),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "confirmed_name": CONFIRMED,
    }
    return TemplateResponse(request, "admin/servers/asking.html", context)
