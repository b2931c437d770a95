"""The audit in words: what an act was about, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from entraide.audit.acts import ACTS
from entraide.audit.models import AuditEntry
from entraide.look.punctuation import labelled

KINDS: dict[str, str | Promise] = {
    "people.person": _("Person"), "people.organisation": _("Organisation"), "people.site": _("Site"), "people.team": _("Team"),
    "people.mailaddress": _("Mail address"), "people.phone": _("Telephone"), "people.rolegrant": _("Role"),
    "people.account": _("Account"), "people.brand": _("Branding"), "api.apitoken": _("Token"),
    "tickets.ticket": _("Ticket"), "tickets.attachment": _("File"), "tickets.category": _("Category"),
    "tickets.routingrule": _("Routing"), "tickets.pendingreason": _("Reason for waiting"),
    "tickets.followuprule": _("Answers to closed tickets"), "sla.coveragecalendar": _("Calendar"),
    "sla.calendarversion": _("Calendar"), "sla.feedrenewal": _("Calendar"), "sla.agreement": _("Agreement"),
    "sla.agreementversion": _("Agreement"), "sla.agreementassignment": _("Agreement"),
    "automation.escalationrule": _("Escalation rule"), "automation.rota": _("On-call rota"),
    "automation.rotaoverride": _("On-call rota"), "email.mailbox": _("Mailbox"), "email.mailtemplate": _("Mail template"),
    "email.incomingmail": _("Mail"), "hooks.endpoint": _("Webhook or chat"), "web.contactform": _("Contact form"),
    "forms.form": _("Form"), "forms.formversion": _("Form"), "routines.macro": _("Macro"),
    "routines.tickettemplate": _("Ticket template"), "routines.savedview": _("Saved view"),
    "routines.recurringticket": _("Recurring ticket"), "entrance.sessionrule": _("Signing in"), "entrance.factorrule": _("Second factor"), "entrance.identityprovider": _("Sign-in of an organisation"), "entrance.provisioning": _("SCIM"), "backups.backup": _("Backup"), "privacy.retentionrule": _("Retention"), "report": _("Report"), "page": _("Page"), "audit.auditentry": _("Audit"),
}  # fmt: skip
CHANNELS: dict[str, str | Promise] = {
    "page": _("at a page"), "api": _("by the API"), "mail": _("by mail"), "command": _("by a command"), "job": _("by itself"),
}  # fmt: skip


def who(entry: AuditEntry) -> str:
    """Return who did it; whoever had not signed in has no name."""
    return entry.actor_name or (_now("Somebody who was not signed in") if entry.actor_kind == "nobody" else "Entraide")


def did(entry: AuditEntry) -> str:
    return str(ACTS.get(entry.act).name) if entry.act in ACTS else entry.act


def kind_of(entry: AuditEntry) -> str:
    return str(KINDS.get(entry.subject_kind, entry.subject_kind))


def details_of(entry: AuditEntry) -> str:
    """Return what changed, from what to what, or what else is known, in one line."""
    return "; ".join(_lines(entry))


def _lines(entry: AuditEntry) -> Iterator[str]:
    for name, value in entry.details.items():
        if name == "changes":
            for field, (before, after) in value.items():
                yield labelled(_field(entry, field), f"{_value(before)} → {_value(after)}")
        elif name == "values":
            for field, each in value.items():
                yield labelled(_field(entry, field), _value(each))
        elif value not in ("", [], None):
            yield labelled(_DETAILS.get(name, name), _value(value))


_DETAILS: dict[str, str | Promise] = {
    "added": _("added to it"), "removed": _("taken out of it"), "factor": _("factor"), "format": _("format"),
    "from": _("from"), "to": _("to"), "path": _("address"), "method": _("method"), "mail": _("mail"), "link": _("by a link"),
}  # fmt: skip


def _field(entry: AuditEntry, name: str) -> str:
    try:
        return str(apps.get_model(entry.subject_kind)._meta.get_field(name.removesuffix("_id")).verbose_name)
    except (LookupError, ValueError, FieldDoesNotExist, AttributeError):
        return name


def _value(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    return ", ".join(map(_value, value)) if isinstance(value, list) else str(value)
