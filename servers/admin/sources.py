"""Sources in the admin, with what each run of them did."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from registry_site.lib.admin_search import BoundedSearchAdmin
from registry_site.lib.read_only_admin import ReadOnlyAdmin
from servers import sources
from servers.models import Source, SourceRun

ASKED = [
    "name",
    "kind",
    "location",
    "token",
    "forget_token",
    "include",
    "exclude",
    "latest_only",
    "conflict",
    "prune",
    "team",
    "visibility",
    "monitored",
    "enabled",
    "interval_minutes",
]


class PatternsField(forms.CharField):
    """One pattern of names a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return str(super().clean(value) or "").split()


class SourceForm(forms.ModelForm):
    """A source; its credential is written here and never shown."""

    token = forms.CharField(
        required=False,
        max_length=sources.LONGEST_CREDENTIAL,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="A bearer token for the registry. Empty: it stays as it is.",
    )
    forget_token = forms.BooleanField(required=False)
    include = PatternsField(
        required=False,
        help_text="Names to take, one pattern a line: *, namespace/* or namespace/name. None: all.",
    )
    exclude = PatternsField(required=False, help_text="Names to leave, whatever is included.")

    class Meta:
        model = Source
        fields = [name for name in ASKED if name not in ("token", "forget_token")]

    def clean(self) -> dict[str, Any]:
        """Try it as the service will."""
        asked: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                sources.check_source(kind=self._kind, changes=self.changes())
            except sources.InvalidSource as error:
                field = "token" if error.field == "credential" else error.field
                raise ValidationError({field: str(error)}) from error
        return asked

    @property
    def _kind(self) -> Source.Kind:
        return Source.Kind(self.cleaned_data.get("kind") or self.instance.kind)

    def changes(self) -> sources.SourceChanges:
        """What was asked for, as the service takes it."""
        asked = {name: value for name, value in self.cleaned_data.items() if name in ASKED}
        forget, token = asked.pop("forget_token"), asked.pop("token")
        for fixed in ("name", "kind"):
            asked.pop(fixed, None)
        if token or forget:
            asked["credential"] = "" if forget else token
        changes: sources.SourceChanges = asked  # type: ignore[assignment] # of the form's fields
        return changes


class RunInline(ReadOnlyAdmin, admin.TabularInline):
    """The last runs."""

    model = SourceRun
    fields = ["requested_at", "dry_run", "full", "outcome", "error", "counted"]
    readonly_fields = ["counted"]
    show_change_link = True

    @admin.display(description="counts")
    def counted(self, run: SourceRun) -> str:
        return _in_words(run)


@admin.register(Source)
class SourceAdmin(BoundedSearchAdmin, admin.ModelAdmin):
    form = SourceForm
    list_display = [
        "name",
        "kind",
        "location",
        "enabled",
        "interval_minutes",
        "succeeded_at",
        "last_error",
    ]
    list_filter = ["kind", "enabled"]
    search_fields = ["name", "location"]
    fields = [*ASKED]
    inlines = [RunInline]
    actions = ["run_now", "plan", "run_fully"]

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> Any:
        return [] if obj is None else ["name", "kind"]

    def get_inlines(self, request: HttpRequest, obj: Source | None) -> Any:
        return [] if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Source, form: SourceForm, change: bool) -> None:
        now = timezone.now()
        if change:
            sources.change_source(source=obj, changes=form.changes(), now=now)
            return
        kind = Source.Kind(obj.kind)
        added = sources.add_source(name=obj.name, kind=kind, now=now, **form.changes())
        # The admin goes on with ``obj``: its log entry and its message name the stored row.
        obj.pk, obj._state.adding = added.pk, False

    def delete_model(self, request: HttpRequest, obj: Source) -> None:
        sources.remove_source(source=obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        for source in queryset:
            sources.remove_source(source=source, now=timezone.now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Runs, which nobody deletes by hand, go with their source."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    @admin.action(description="Run now")
    def run_now(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._ask(request, queryset)

    @admin.action(description="Run now and look at everything")
    def run_fully(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._ask(request, queryset, full=True)

    @admin.action(description="Plan: say what a run would do")
    def plan(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._ask(request, queryset, dry_run=True)

    def _ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[Source],
        full: bool = False,
        dry_run: bool = False,
    ) -> None:
        for source in queryset:
            try:
                sources.request_run(source=source, now=timezone.now(), full=full, dry_run=dry_run)
            except sources.InvalidSource as error:
                self.message_user(request, f"{source}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{source} runs soon; its page says how that went.")


@admin.register(SourceRun)
class SourceRunAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    list_display = ["source", "requested_at", "dry_run", "full", "outcome", "counted"]
    list_filter = ["outcome", "dry_run", "source"]
    list_select_related = ["source"]
    fields = [
        "source",
        "requested_at",
        "started_at",
        "finished_at",
        "dry_run",
        "full",
        "force",
        "outcome",
        "error",
        "counted",
        "all_changes",
        "all_remarks",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceRun]:
        return super().get_queryset(request).defer("upload")

    @admin.display(description="counts")
    def counted(self, run: SourceRun) -> str:
        return _in_words(run)

    @admin.display(description="changes")
    def all_changes(self, run: SourceRun) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((line,) for line in run.changes))

    @admin.display(description="remarks")
    def all_remarks(self, run: SourceRun) -> SafeString:
        rows = ((it["kind"], it["about"], it["text"]) for it in run.remarks)
        return format_html_join("", "<div>{}: {} {}</div>", rows)


def _in_words(run: SourceRun) -> str:
    return ", ".join(
        f"{count} {what.replace('_', ' ')}" for what, count in run.counts.items() if count
    )
