"""People, teams, grants, tokens and sessions in the admin.

Every change goes through the same services as the API's. A token is made and revoked here, never
read or changed; a grant is made and revoked.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import audit_admin, services, sign_in_admin  # noqa: F401 - they register themselves
from accounts.access import Role
from accounts.forms import ApiTokenForm, GrantForm, NewUserForm, PasswordForm, UserForm
from accounts.models import ApiToken, Grant, Membership, Session, Team, User
from accounts.querysets import GrantQuerySet
from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin


class DeletedWhole(admin.ModelAdmin):
    """Whoever may delete a row may delete what belongs to it.

    What cannot be deleted is said in a sentence, instead of asking whether to delete it.
    """

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What belongs to it may be read-only by itself, which is no reason against."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is not None and self._refuses(request, [row]):
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk)
        return super().delete_view(request, object_id, extra_context)

    @admin.action(description="Delete selected %(verbose_name_plural)s", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        if self._refuses(request, queryset):
            return None
        return delete_selected(self, request, queryset)

    def _refuses(self, request: HttpRequest, rows: Iterable[Any]) -> bool:
        reasons = self.reasons_against(rows)
        for reason in reasons:
            self.message_user(request, reason, messages.ERROR)
        return bool(reasons)

    def reasons_against(self, objs: Iterable[Any]) -> list[str]:
        """Why the rows cannot be deleted; nothing, unless a page says otherwise."""
        return []


# --- People ------------------------------------------------------------------------------------


class HeldInline(ReadOnlyAdmin, admin.TabularInline):
    """What somebody holds; what can be changed of it is changed on pages of its own."""

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fields


class OwnMembershipInline(HeldInline):
    model = Membership
    verbose_name_plural = "Teams"
    fields = ["team", "role", "from_sso"]


class OwnGrantInline(HeldInline):
    model = Grant
    fk_name = "user"
    verbose_name_plural = "Grants to this account itself"
    fields = ["action", "pattern", "tool_pattern", "expires_at", "note"]
    show_change_link = True


class OwnTokenInline(HeldInline):
    model = ApiToken
    fields = ["name", "created", "expiry", "last_used_at"]


class OwnSecondFactorInline(HeldInline):
    model = Authenticator
    verbose_name_plural = "Second factors"
    fields = ["type", "created_at", "last_used_at"]


@admin.register(User)
class AccountAdmin(BoundedSearchAdmin, DeletedWhole, UserAdmin):
    """Accounts. A username stays: the audit trail and others know the account by it."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ["username", "email", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_superuser", "is_active", "teams"]
    filter_horizontal = ()
    readonly_fields = ["username", "password_in_words", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email", "password_in_words"]}),
        ("What it may do", {"fields": ["is_active", "is_superuser"]}),
        ("History", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "usable_password", "password1", "password2"]}),
        ("What it may do", {"fields": ["is_superuser"]}),
    ]
    inlines = [OwnMembershipInline, OwnGrantInline, OwnTokenInline, OwnSecondFactorInline]
    actions = ["sign_out", "delete_selected"]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return [] if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return [] if obj is None else self.readonly_fields

    @admin.display(description="password")
    def password_in_words(self, user: User) -> SafeString:
        """Whether there is one, and the way to another."""
        page = reverse("admin:auth_user_password_change", args=[user.pk])
        state = "set" if user.has_usable_password() else "none"
        return format_html('{}; <a href="{}">change it</a>', state, page)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        data, now = form.cleaned_data, timezone.now()
        if change:
            changes = cast("services.UserChanges", {name: data[name] for name in form.changed_data})
            services.change_user(user=obj, changes=changes, now=now)
            return
        password = data["password1"] if data["set_usable_password"] else None
        made = services.create_user(
            username=obj.username,
            password=password,
            email=data["email"],
            is_superuser=data["is_superuser"],
            now=now,
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk, obj._state.adding = made.pk, False

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_user(user=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.delete_user(user=user, now=timezone.now())

    def reasons_against(self, objs: Iterable[User]) -> list[str]:
        try:
            services.require_another_administrator(*objs)
        except services.LastAdministrator as error:
            return [str(error)]
        return []

    @admin.action(description="Sign out: end sessions and signed tokens")
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.sign_out(user=user, now=timezone.now())
        self.message_user(request, f"{len(queryset)} account(s) signed out.")


# --- Teams -------------------------------------------------------------------------------------


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    extra = 1


@admin.register(Team)
class TeamAdmin(BoundedSearchAdmin, DeletedWhole):
    """Teams and their members. A slug stays: configurations refer to it."""

    list_display = ["slug", "name", "size"]
    search_fields = ["slug", "name"]
    fields = ["slug", "name"]
    inlines = [MembershipInline]
    actions = ["delete_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return Team.objects.annotate(member_count=Count("memberships"))

    @admin.display(description="members", ordering="member_count")
    def size(self, team: Any) -> int:
        return int(team.member_count)

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> Any:
        return [] if obj is None else ["slug"]

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        if change:
            services.rename_team(team=obj, name=obj.name, now=timezone.now())
            return
        made = services.create_team(slug=obj.slug, name=obj.name, now=timezone.now())
        # The admin goes on with ``obj``: the members are added to the stored row.
        obj.pk, obj._state.adding = made.pk, False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        rows: list[Membership] = formset.save(commit=False)
        for row in rows:
            services.set_member(
                team=form.instance, user=row.user, role=Role(row.role), now=timezone.now()
            )
        for gone in formset.deleted_objects:
            services.remove_member(membership=gone, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        services.delete_team(team=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Team]) -> None:
        for team in queryset:
            services.delete_team(team=team, now=timezone.now())

    def reasons_against(self, objs: Iterable[Team]) -> list[str]:
        has_default = any(team.slug == Team.DEFAULT for team in objs)
        return [str(services.DefaultTeam())] if has_default else []


# --- Grants ------------------------------------------------------------------------------------


class Expired(admin.SimpleListFilter):
    title = "expired"
    parameter_name = "expired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "In force"), ("yes", "Expired")]

    def queryset(self, request: HttpRequest, queryset: GrantQuerySet) -> GrantQuerySet:  # type: ignore[override] # of grants
        if self.value() == "no":
            return queryset.in_force(timezone.now())
        if self.value() == "yes":
            return queryset.expired(timezone.now())
        return queryset


@admin.register(Grant)
class GrantAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """Deleting a grant revokes it. None is changed: it would no longer be what was granted."""

    form = GrantForm
    list_display = ["holder", "action", "pattern", "tool_pattern", "expires_at", "in_force", "note"]
    list_filter = [Expired, "action", "team"]
    list_select_related = ["user", "team"]
    search_fields = ["user__username", "team__slug", "pattern", "note"]
    autocomplete_fields = ["user", "team"]
    date_hierarchy = "created_at"

    @admin.display(description="in force", boolean=True)
    def in_force(self, grant: Grant) -> bool:
        return grant.expires_at is None or timezone.now() < grant.expires_at

    def has_change_permission(self, request: HttpRequest, obj: Grant | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Grant | None = None) -> Any:
        about = ["user", "team", "action", "pattern", "tool_pattern", "expires_at", "note"]
        return about if obj is None else [*about, "granted_by", "created_at"]

    def save_model(self, request: HttpRequest, obj: Grant, form: GrantForm, change: bool) -> None:
        made = services.grant(
            **form.wanted(),
            note=form.cleaned_data["note"],
            granted_by=cast("User", request.user),
            now=timezone.now(),
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        services.revoke(grant=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        for grant in queryset:
            services.revoke(grant=grant, now=timezone.now())


# --- Tokens and sessions -----------------------------------------------------------------------


@admin.register(ApiToken)
class ApiTokenAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    """Deleting a token revokes it at once."""

    form = ApiTokenForm
    list_display = [
        "name",
        "user",
        "starts_with",
        "scopes_in_words",
        "created",
        "expiry",
        "last_used_at",
    ]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "token_key"]
    autocomplete_fields = ["user"]
    date_hierarchy = "created"

    @admin.display(description="starts with", ordering="token_key")
    def starts_with(self, token: ApiToken) -> str:
        return str(token.token_key)

    @admin.display(description="scopes")
    def scopes_in_words(self, token: ApiToken) -> str:
        return "all its owner may do" if token.scopes is None else ", ".join(token.scopes)

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        if obj is None:
            return ["user", "name", "scopes", "lifetime_days"]
        used = ["last_used_at", "last_used_from"]
        return ["user", "name", "starts_with", "scopes_in_words", "created", "expiry", *used]

    def save_model(
        self, request: HttpRequest, obj: ApiToken, form: ApiTokenForm, change: bool
    ) -> None:
        token, clear = services.create_token(
            user=obj.user,
            name=obj.name,
            scopes=form.cleaned_data["scopes"],
            lifetime=form.lifetime(),
            now=timezone.now(),
        )
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk = token.pk
        obj.token_key = token.token_key
        messages.warning(request, f"Copy the token now, it is not shown again: {clear}")

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        services.revoke_token(token=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            services.revoke_token(token=token, now=timezone.now())


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin, BoundedSearchAdmin, admin.ModelAdmin):
    """Who is signed in. Deleting a session ends it; what is in it is nobody's business."""

    list_display = ["user", "expires"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = ["user", "expires"]

    @admin.display(description="expires", ordering="expire_date")
    def expires(self, session: Session) -> datetime:
        return session.expire_date

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        return True

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        services.end_session(session=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        for session in queryset:
            services.end_session(session=session, now=timezone.now())
