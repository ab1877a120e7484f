"""The form by which the admin registers a server: a pasted server.json."""

from typing import Any

from django import forms
from rest_framework.exceptions import ParseError

from registry_site.lib.json_body import load_json
from servers.documents import InvalidDocument, validate_document
from servers.models import Server, Tag


class RegistrationForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """A server.json document and what the registry keeps beside it."""

    document = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 20, "cols": 100, "spellcheck": "false"}),
        label="server.json",
        help_text="The whole document. Its name, version and remotes are taken from it.",
    )

    class Meta:
        model = Server
        fields = ["category", "tags", "monitored", "team", "visibility"]

    def clean_document(self) -> dict[str, Any]:
        """The pasted document, valid and under a name that is free."""
        try:
            document: dict[str, Any] = load_json(self.cleaned_data["document"].encode())
            validate_document(document)
        except ParseError as error:
            raise forms.ValidationError(str(error.detail)) from error
        except InvalidDocument as error:
            raise forms.ValidationError([str(each) for each in error.errors]) from error
        if Server.objects.filter(name__iexact=document["name"]).exists():
            raise forms.ValidationError(f"A server named {document['name']} exists already.")
        return document


class TagForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """A tag, in lower case whatever was typed."""

    class Meta:
        model = Tag
        fields = ["name"]

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip().lower()
