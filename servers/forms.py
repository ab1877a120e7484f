"""The forms of the catalogue in the admin."""

from collections.abc import Iterable
from typing import Any

from django import forms
from rest_framework.exceptions import ParseError

from accounts.access import InvalidPattern, server_pattern
from accounts.models import Team
from registry_site.lib.json_body import load_json
from servers.documents import Accepted, InvalidDocument, accept_document
from servers.documents.links import LONGEST_URL
from servers.models import LONGEST_STATUS_MESSAGE, Policy, Server, Tag
from servers.services import (
    LONGEST_TAG,
    MOST_ALIASES,
    InvalidAlias,
    InvalidLabels,
    InvalidSuccessor,
    LooksLike,
    ServerExists,
    StaleWrite,
    UrlTaken,
    alias,
    check_labels,
    check_successor,
    refuse_taken_name,
    refuse_taken_urls,
)


class RegistrationForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """A server.json document and what the registry keeps beside it."""

    document = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 20, "cols": 100, "spellcheck": "false"}),
        label="server.json",
        help_text="The whole document. Its name, version and remotes are taken from it.",
    )
    draft = forms.BooleanField(required=False, help_text="Whether it stays a draft for now.")

    class Meta:
        model = Server
        fields = ["category", "tags", "monitored", "team", "visibility"]

    def clean_document(self) -> dict[str, Any]:
        """The pasted document, valid and under a name that is free."""
        try:
            document: dict[str, Any] = load_json(self.cleaned_data["document"].encode())
            _refuse_taken(accept_document(document))
        except ParseError as error:
            raise forms.ValidationError(str(error.detail)) from error
        except InvalidDocument as error:
            raise forms.ValidationError([str(each) for each in error.errors]) from error
        except (ServerExists, LooksLike, UrlTaken) as error:
            raise forms.ValidationError(str(error)) from error
        return document


def _refuse_taken(accepted: Accepted) -> None:
    name = accepted.document["name"]
    refuse_taken_name(name)
    refuse_taken_urls(accepted.document, name=name)


class ServerForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """What the registry keeps beside the document, based on the edition that was shown."""

    aliases = forms.CharField(
        required=False, max_length=1500, help_text="Other words for it, separated by commas."
    )
    runbook_url = forms.URLField(required=False, max_length=LONGEST_URL, assume_scheme="https")
    based_on = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Server
        fields = ["category", "tags", "monitored", "enabled", "team", "visibility", "contact",
                  "runbook_url", "labels", "successor", "pinned"]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["based_on"].initial = self.instance.edition
        self.fields["aliases"].initial = ", ".join(it.word for it in self.instance.aliases.all())

    def clean_aliases(self) -> list[str]:
        words = [word for word in self.cleaned_data["aliases"].split(",") if word.strip()]
        if len(words) > MOST_ALIASES:
            raise forms.ValidationError(f"There may be {MOST_ALIASES} aliases.")
        try:
            return [alias(word) for word in words]
        except InvalidAlias as error:
            raise forms.ValidationError(str(error)) from error

    def clean_labels(self) -> dict[str, str]:
        labels = self.cleaned_data["labels"] or {}
        try:
            if not isinstance(labels, dict):
                raise InvalidLabels("An object of texts, please.")
            check_labels(labels)
        except InvalidLabels as error:
            raise forms.ValidationError(str(error)) from error
        return labels

    def clean_successor(self) -> Server | None:
        successor: Server | None = self.cleaned_data["successor"]
        try:
            check_successor(self.instance, successor)
        except InvalidSuccessor as error:
            raise forms.ValidationError(str(error)) from error
        return successor

    def clean_based_on(self) -> int:
        """The edition that was shown. Raises an error that says what changed since."""
        edition: int = self.cleaned_data["based_on"]
        if edition != self.instance.edition:
            raise forms.ValidationError(in_words(StaleWrite(self.instance, edition)))
        return edition


def in_words(stale: StaleWrite) -> str:
    """What happened since, for somebody who has to start again."""
    told = (
        f"{event.actor or 'a command'}: {event.action} {_names(event.before)}"
        for event in stale.changes
    )
    return " ".join([str(stale), "Since then:", "; ".join(each.strip() for each in told)])


def _names(facts: Iterable[str] | None) -> str:
    return f"({', '.join(facts)})" if facts else ""


class TagForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """A tag, in lower case whatever was typed."""

    class Meta:
        model = Tag
        fields = ["name"]

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip().lower()


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """A policy, its pattern as grants write theirs."""

    class Meta:
        model = Policy
        fields = ["pattern", "review", "drift"]

    def clean_pattern(self) -> str:
        try:
            return server_pattern(self.cleaned_data["pattern"])
        except InvalidPattern as error:
            raise forms.ValidationError(str(error)) from error


# --- What the actions of lists ask for ---------------------------------------------------------


class DeprecationForm(forms.Form):
    """Why servers are deprecated."""

    message = forms.CharField(
        required=False,
        max_length=LONGEST_STATUS_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text="Why, and what to do instead; everybody who sees the servers reads it.",
    )


class TeamForm(forms.Form):
    """Where servers go."""

    team = forms.ModelChoiceField(queryset=Team.objects.order_by("slug"))


class NewTagForm(forms.Form):
    """A tag for several servers."""

    tag = forms.CharField(max_length=LONGEST_TAG)
