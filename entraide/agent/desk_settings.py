"""The desk's plain settings: categories, routing, mailboxes, reasons for waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.access import needs
from entraide.channels.email.models import Mailbox
from entraide.channels.email.secrets import conceal
from entraide.look.punctuation import each_in_quotes
from entraide.tickets.models import Category, FollowUpRule, PendingReason, RoutingRule


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Category
        fields: ClassVar = ["name", "parent", "description_fr", "description_en", "form", "approval", "is_active"]

    def clean_parent(self) -> Category | None:
        parent: Category | None = self.cleaned_data["parent"]
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                raise forms.ValidationError(_("A category cannot be under itself."))
            above = above.parent
        return parent


class RoutingRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RoutingRule
        fields: ClassVar = ["position", "for_organisation", "category", "channel", "words", "team"]
        help_texts: ClassVar = {
            "words": gettext_lazy("Separated by commas; any one of them in the subject or the description.")
        }


class PendingReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PendingReason
        fields: ClassVar = [
            "code",
            "name_fr",
            "name_en",
            "pauses_resolution",
            "needs_date",
            "ends_on_answer",
            "ends_on_third_party",
        ]


class FollowUpRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FollowUpRule
        fields: ClassVar = ["for_organisation", "days"]


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    password = forms.CharField(
        label=gettext_lazy("password or token"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted and never shown; empty: stays as it is."),
    )

    class Meta:
        model = Mailbox
        fields: ClassVar = [
            "name", "address", "host", "port", "security", "username", "password", "uses_oauth", "folder", "after", "move_to",
            "organisation", "is_active",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("after") == Mailbox.After.MOVE and not cleaned.get("move_to"):
            self.add_error("move_to", _("Name the folder to which read messages go."))
        if not self.instance.pk and not cleaned.get("password"):
            self.add_error("password", _("A new mailbox needs its password or token."))
        return cleaned

    def save(self, commit: bool = True) -> Mailbox:
        if password := self.cleaned_data["password"]:
            self.instance.secret = conceal(password)
            # Another password deserves another try at once.
            self.instance.last_error = ""
        mailbox: Mailbox = super().save(commit)
        return mailbox


@dataclass(frozen=True)
class Section:
    """One kind of setting."""

    code: str
    name: str | Promise
    form: Any
    explanation: str | Promise


SECTIONS = (
    Section("categories", gettext_lazy("Categories"), CategoryForm, gettext_lazy("What tickets are about: a tree that all organisations share.")),
    Section("routing", gettext_lazy("Routing"), RoutingRuleForm, gettext_lazy("The first rule that fits sends a new ticket to its team; the rest goes to the default team of N1.")),
    Section("mailboxes", gettext_lazy("Mailboxes"), MailboxForm, gettext_lazy("IMAP mailboxes that the desk empties every few seconds.")),
    Section("reasons", gettext_lazy("Reasons for waiting"), PendingReasonForm, gettext_lazy("Why a ticket may wait, and whether the resolution clock pauses meanwhile.")),
    Section("follow-ups", gettext_lazy("Answers to closed tickets"), FollowUpRuleForm, gettext_lazy("For how long an answer reopens a closed ticket; later it opens a follow-up ticket. Without a rule it is 30 days.")),
)  # fmt: skip


@needs("settings.edit")
def section(request: Any, code: str) -> HttpResponse:
    """The rows of one kind of setting."""
    chosen = _section(code)
    rows = chosen.form.Meta.model.objects.all()
    context = {"chosen": chosen, "sections": SECTIONS, "rows": [(row, _described(row)) for row in rows]}
    return render(request, "agent/settings.html", context)


@needs("settings.edit")
def row(request: Any, code: str, key: int | None = None) -> HttpResponse:
    """One row: its form; `delete` removes it unless tickets hold on to it."""
    chosen = _section(code)
    known = chosen.form.Meta.model.objects.filter(pk=key).first() if key is not None else None
    if key is not None and known is None:
        raise Http404
    if request.method == "POST" and "delete" in request.POST and known is not None:
        try:
            known.delete()
            messages.success(request, _("Deleted."))
        except ProtectedError:
            messages.error(request, _("Tickets use it: deactivate it instead."))
        return redirect("agent:settings", code=code)
    form = chosen.form(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:settings", code=code)
    context = {
        "form": form,
        "title": str(known or _("New")),
        "chosen": chosen,
        "sections": SECTIONS,
        "may_edit": True,
        "may_delete": known is not None,
    }
    return render(request, "agent/form.html", context, status=422 if form.errors else 200)


def _section(code: str) -> Section:
    found = next((each for each in SECTIONS if each.code == code), None)
    if found is None:
        raise Http404
    return found


def _described(row: Any) -> str:
    """Return what a row does, in a line."""
    if isinstance(row, RoutingRule):
        conditions = [
            str(each)
            for each in (row.for_organisation, row.category, row.get_channel_display() if row.channel else None)
            if each
        ]
        if row.words:
            conditions.append(each_in_quotes(row.words))
        return f"{' · '.join(conditions) or _('everything')} → {row.team}"
    if isinstance(row, FollowUpRule):
        return f"{row.for_organisation or _('every organisation')} · {row}"
    if isinstance(row, Category):
        return f"{row.parent} › {row.name}" if row.parent else row.name
    if isinstance(row, Mailbox):
        state = row.last_error or (_("in order") if row.checked_at else _("not read yet"))
        return f"{row.name} · {row.address} · {state if row.is_active else _('inactive')}"
    return str(row)
