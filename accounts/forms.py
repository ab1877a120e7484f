"""The forms by which the admin makes and changes accounts, tokens and grants.

Each says beforehand, in words, what the service that is called afterwards would refuse.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    SetUnusablePasswordMixin,
)
from django.utils import timezone

from accounts.access import (
    Action,
    InvalidPattern,
    InvalidScope,
    parse_scopes,
    server_pattern,
    tool_pattern,
)
from accounts.models import ApiToken, Grant, User
from accounts.services import (
    LONGEST_LIFETIME_DAYS,
    GrantExists,
    GrantIsOver,
    HolderIsClosed,
    LastAdministrator,
    ToolsOfThisAction,
    planned_grant,
    refuse_closed_holder,
    refuse_past_end,
    refuse_tools_of_whole_servers,
    require_another_administrator,
    set_password,
)

SIGN_IN_OTHERWISE = (
    "Without one, the account signs in by single sign-on where that is set up, or uses tokens only."
)
ABOUT_ADMINISTRATORS = "May do everything. These pages are open to administrators only."


@contextmanager
def refusals_at_the_field() -> Iterator[None]:
    """What access and the services refuse, in their words: at the field that is being cleaned."""
    try:
        yield
    except (
        GrantExists,
        GrantIsOver,
        HolderIsClosed,
        InvalidPattern,
        InvalidScope,
        LastAdministrator,
        ToolsOfThisAction,
    ) as error:
        raise forms.ValidationError(str(error)) from error


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg] # generic in the stubs only
    """What has to be said of a new account."""

    usable_password = SetUnusablePasswordMixin.create_usable_password_field(SIGN_IN_OTHERWISE)

    class Meta:
        model = User
        fields = ["username", "email", "is_superuser"]
        labels = {"is_superuser": "Administrator"}
        help_texts = {"is_superuser": ABOUT_ADMINISTRATORS}


class UserForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """What can be changed of an account."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "is_active", "is_superuser"]
        labels = {"is_superuser": "Administrator"}
        help_texts = {
            "is_active": "Unticked, the account is closed: its sessions and tokens end at once.",
            "is_superuser": ABOUT_ADMINISTRATORS,
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not (data.get("is_active") and data.get("is_superuser")):
            self._require_another_administrator()
        return data

    def _require_another_administrator(self) -> None:
        with refusals_at_the_field():
            require_another_administrator(self.instance)


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg] # as above
    """Another password for somebody, or none."""

    # The page shows the warning, by its id, as soon as "disabled" is chosen.
    usable_password_help_text = (
        f'{SIGN_IN_OTHERWISE}<ul id="id_unusable_warning" class="messagelist">'
        '<li class="warning">The password that is set now will be lost.</li></ul>'
    )

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
        with refusals_at_the_field():
            return [str(scope) for scope in parse_scopes(texts)] or None

    def lifetime(self) -> timedelta | None:
        days = self.cleaned_data["lifetime_days"]
        return timedelta(days=days) if days else None


class GrantForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """What has to be said of a new grant."""

    class Meta:
        model = Grant
        fields = ["user", "team", "action", "pattern", "tool_pattern", "expires_at", "note"]

    def clean_user(self) -> User | None:
        user: User | None = self.cleaned_data["user"]
        if user:
            with refusals_at_the_field():
                refuse_closed_holder(user)
        return user

    def clean_pattern(self) -> str:
        with refusals_at_the_field():
            return server_pattern(self.cleaned_data["pattern"])

    def clean_tool_pattern(self) -> str:
        with refusals_at_the_field():
            tools = tool_pattern(self.cleaned_data["tool_pattern"])
            if "action" in self.cleaned_data:
                refuse_tools_of_whole_servers(Action(self.cleaned_data["action"]), tools)
            return tools

    def clean_expires_at(self) -> datetime | None:
        end: datetime | None = self.cleaned_data["expires_at"]
        with refusals_at_the_field():
            refuse_past_end(end, timezone.now())
        return end

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if {"user", "team"} <= data.keys() and bool(data["user"]) == bool(data["team"]):
            self.add_error("user", "Name a user or a team, and not both.")
        if not self.errors:
            with refusals_at_the_field():
                planned_grant(**self.wanted(), now=timezone.now())
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
