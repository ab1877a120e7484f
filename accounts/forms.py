"""The forms by which the admin makes and changes accounts, tokens and grants.

Each says beforehand, in words, what the service that is called afterwards would refuse.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.utils import timezone

from accounts.access import Action, InvalidPattern, InvalidScope, parse_scopes
from accounts.models import ApiToken, Grant, User
from accounts.services import (
    LONGEST_LIFETIME_DAYS,
    GrantExists,
    GrantIsOver,
    LastAdministrator,
    ToolsOfThisAction,
    planned_grant,
    require_another_administrator,
    set_password,
)


class UserForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """What can be changed of an account."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "is_active", "is_superuser"]
        labels = {"is_superuser": "Administrator"}
        help_texts = {
            "is_active": "Unticked, the account is closed: its sessions and tokens end at once.",
            "is_superuser": "May do everything, and enters these pages as nobody else does.",
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not (data.get("is_active") and data.get("is_superuser")):
            self._require_another_administrator()
        return data

    def _require_another_administrator(self) -> None:
        try:
            require_another_administrator(self.instance)
        except LastAdministrator as error:
            raise forms.ValidationError(str(error)) from error


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg] # as above
    """Another password for somebody, or none."""

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        wanted = self.cleaned_data["set_usable_password"]
        password = self.cleaned_data["password1"] if wanted else None
        set_password(user=user, password=password, now=timezone.now())
        return user


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """What has to be said of a new token."""

    scopes = forms.CharField(
        required=False,
        help_text=(
            "For instance: view call:com.example/* (with spaces between); "
            "all the user may do, when left empty."
        ),
    )
    lifetime_days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_LIFETIME_DAYS,
        required=False,
        help_text="Days until the token expires; never, when left empty.",
    )

    class Meta:
        model = ApiToken
        fields = ["user", "name"]

    def clean_scopes(self) -> list[str] | None:
        """Their one spelling; ``None`` where nothing was said."""
        texts = self.cleaned_data["scopes"].replace(",", " ").split()
        try:
            return [str(scope) for scope in parse_scopes(texts)] or None
        except InvalidScope as error:
            raise forms.ValidationError(str(error)) from error

    def lifetime(self) -> timedelta | None:
        days = self.cleaned_data["lifetime_days"]
        return timedelta(days=days) if days else None


class GrantForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """What has to be said of a new grant."""

    class Meta:
        model = Grant
        fields = ["user", "team", "action", "pattern", "tool_pattern", "expires_at", "note"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if bool(data["user"]) == bool(data["team"]):
            raise forms.ValidationError("Name a user or a team, and not both.")
        try:
            planned_grant(**self.wanted(), now=timezone.now())
        except (InvalidPattern, ToolsOfThisAction, GrantIsOver, GrantExists) as error:
            raise forms.ValidationError(str(error)) from error
        return data

    def wanted(self) -> dict[str, Any]:
        """What the services that plan and make a grant take."""
        data = self.cleaned_data
        return {
            "to": data["user"] or data["team"],
            "action": Action(data["action"]),
            "pattern": data["pattern"],
            "tools": data["tool_pattern"],
            "expires_at": data["expires_at"],
        }

    def _post_clean(self) -> None:
        """Leave out the constraints of the database: what they guard was said in words above."""
        self.instance = Grant(note=self.cleaned_data.get("note", ""))
