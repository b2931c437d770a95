"""The form of how an organisation's portal looks."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.files import store_bytes
from entraide.people.brand_colours import read_colour, write_colour
from entraide.people.logos import LARGEST_BYTES, LARGEST_SIDE, NotALogo, read_logo
from entraide.people.models import Brand

_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}\Z")


class BrandForm(forms.Form):
    """What is wrong is said beside the field. `host` is there for those alone who may say it."""

    name = forms.CharField(
        label=gettext_lazy("Name of the support"), max_length=60, required=False,
        help_text=gettext_lazy("What stands at the top of the portal, as in “IT of Helvetia”. Empty: IT support."),
    )  # fmt: skip
    accent = forms.CharField(
        label=gettext_lazy("Colour"), max_length=7, required=False,
        widget=forms.TextInput(attrs={"placeholder": "#0b5cad", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "As in #0b5cad; for buttons and links. Where it could not be read it is made darker or lighter. Empty: the usual blue."
        ),
    )  # fmt: skip
    logo = forms.FileField(
        label=gettext_lazy("Logo"), required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 512 KB. It stands on white, in dark, too."),
    )  # fmt: skip
    without_logo = forms.BooleanField(label=gettext_lazy("Take the logo away"), required=False)
    host = forms.CharField(
        label=gettext_lazy("Host name of their own"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"placeholder": "aide.example.ch", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Under it the portal looks like this before anybody signs in, and mails to their people lead there. It must lead to this server, with a certificate."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, brand: Brand, may_host: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"name": brand.name, "accent": brand.accent, "host": brand.host or ""}
        if not brand.logo_digest:
            del self.fields["without_logo"]
        if not may_host:
            del self.fields["host"]

    def clean_accent(self) -> str:
        typed = self.cleaned_data["accent"]
        if not typed.strip():
            return ""
        colour = read_colour(typed)
        if colour is None:
            raise forms.ValidationError(_("This is not a colour; write it as in #0b5cad."))
        return write_colour(colour)

    def clean_logo(self) -> dict[str, Any] | None:
        """Return the columns of the new logo, kept already, or None where none was chosen."""
        upload = self.cleaned_data["logo"]
        if not upload:
            return None
        content = upload.read(LARGEST_BYTES + 1)
        try:
            logo = read_logo(content)
        except NotALogo as error:
            sentences = {
                "kind": _("This is not a PNG, JPEG or WebP picture, or it is damaged."),
                "bytes": _("The logo is too large: at most %(kb)d KB.") % {"kb": LARGEST_BYTES // 1024},
                "side": _("The logo is too large: at most %(side)d pixels a side.") % {"side": LARGEST_SIDE},
            }
            raise forms.ValidationError(sentences[error.reason]) from error
        kept = store_bytes(content)
        return {
            "logo_digest": kept.digest,
            "logo_mime": logo.mime,
            "logo_width": logo.width,
            "logo_height": logo.height,
        }

    def clean_host(self) -> str | None:
        host: str = self.cleaned_data["host"].strip().lower().removeprefix("https://").rstrip("/.")
        if not host:
            return None
        if not _HOST.match(host):
            raise forms.ValidationError(
                _("This is not a host name; write it as in aide.example.ch, without https:// or a path.")
            )
        if host in settings.ALLOWED_HOSTS:
            raise forms.ValidationError(_("This is the desk's own name: choose another one."))
        return host

    def facts(self) -> dict[str, Any]:
        """Return what changes."""
        said = self.cleaned_data
        facts = {"name": said["name"].strip(), "accent": said["accent"]}
        if "host" in self.fields:
            facts["host"] = said["host"]
        if said["logo"]:
            facts |= said["logo"]
        elif said.get("without_logo"):
            facts |= {"logo_digest": "", "logo_mime": "", "logo_width": 0, "logo_height": 0}
        return facts
