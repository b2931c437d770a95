"""What each role may do: the one table."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.core.actor import Reach


class Role(models.TextChoices):
    REQUESTER = "requester", _("Requester")
    TECHNICIAN = "technician", _("Technician")
    COORDINATOR = "coordinator", _("Coordinator")
    MANAGER = "manager", _("Support manager")
    SECURITY_OFFICER = "security_officer", _("Security officer")
    CLIENT_CONTACT = "client_contact", _("Client contact")
    ADMINISTRATOR = "administrator", _("Administrator")


STAFF_ROLES = frozenset({Role.TECHNICIAN, Role.COORDINATOR, Role.MANAGER, Role.SECURITY_OFFICER, Role.ADMINISTRATOR})

_REQUESTER: dict[str, Reach] = {
    "ticket.see": "own",
    "ticket.open": "own",
    "ticket.answer": "own",
    "ticket.confirm": "own",
    "ticket.reopen": "own",
    # Of these, events/rating.py lets those alone who asked.
    "ticket.rate": "own",
    "ticket.fill": "own",
    # In one's own organisation: only those whom an approval names decide it, whoever else holds this.
    "approval.decide": "any",
}
_READS: dict[str, Reach] = {
    "desk.use": "any",
    "ticket.see": "any",
    "ticket.see_internal": "any",
    "directory.see": "any",
    "contract.see": "any",
    "approval.decide": "any",
    # Agreements and calendars, to read: what the desk is held to.
    "agreement.see": "any",
    # Who is on call, and when it is one's own turn.
    "rota.see": "any",
}
_SEES_MONEY: dict[str, Reach] = {"contract.see": "any", "contract.see_money": "any"}
# How long words are kept, what is kept of a person, and the erasing of it.
_PRIVACY: dict[str, Reach] = {"privacy.see": "any", "privacy.edit": "any"}
_EDITS_CONTRACTS: dict[str, Reach] = {**_SEES_MONEY, "contract.edit": "any"}
_WORKS: dict[str, Reach] = {
    **_READS,
    "ticket.open": "any",
    "ticket.answer": "any",
    "ticket.reply": "any",
    "approval.ask": "any",
    "ticket.note": "any",
    "ticket.take": "any",
    "ticket.assign": "any",
    "ticket.escalate": "any",
    "ticket.accept": "any",
    "ticket.hold": "any",
    "ticket.resolve": "any",
    "ticket.reopen": "any",
    "ticket.edit": "any",
    "ticket.fill": "any",
    "ticket.watch": "any",
    "ticket.lead_major": "any",
    "ticket.log_work": "any",
    # Macros and templates: one's own and those of one's teams; those of everybody need macro.share.
    "macro.use": "any",
    "ticket.link": "any",
    "ticket.merge": "any",
    "ticket.confide": "any",
    "mail.see": "any",
    "mail.handle": "any",
}
# Confidential tickets are theirs to see, and to open up again.
_ANSWERS_FOR_THE_DESK: dict[str, Reach] = {"ticket.see_confidential": "any", "ticket.lift_confidentiality": "any"}
_COORDINATES: dict[str, Reach] = {
    **_WORKS,
    "ticket.close": "any",
    **_ANSWERS_FOR_THE_DESK,
    "ticket.prioritise": "any",
    "ticket.dispatch": "any",
    "ticket.retarget": "any",
    "ticket.move": "any",
    "ticket.log_work_of_others": "any",
    "board.see": "any",
    # Who watches the deadlines sees in which of them the desk fails.
    "reports.see": "any",
    "macro.share": "any",
    "ticket.redact": "any",
    "recurring.edit": "any",
}

ROLE_RIGHTS: dict[str, dict[str, Reach]] = {
    Role.REQUESTER: _REQUESTER,
    Role.CLIENT_CONTACT: {
        **_REQUESTER,
        "ticket.see": "any",
        "ticket.open": "any",
        "ticket.answer": "any",
        "ticket.fill": "any",
        **_SEES_MONEY,
    },
    Role.TECHNICIAN: _WORKS,
    Role.COORDINATOR: {**_COORDINATES, "directory.edit": "any"},
    Role.MANAGER: {
        **_COORDINATES,
        **_EDITS_CONTRACTS,
        **_PRIVACY,
        "directory.edit": "any",
        "signin.edit": "any",
        "audit.see": "any",
    },
    Role.SECURITY_OFFICER: {
        **_READS,
        "ticket.note": "any",
        "ticket.watch": "any",
        "ticket.lead_major": "any",
        "ticket.log_work": "any",
        "ticket.confide": "any",
        **_ANSWERS_FOR_THE_DESK,
        "ticket.redact": "any",
        "audit.see": "any",
        "reports.see": "any",
        # Who needs a second factor, and how long a sign-in lasts.
        "signin.edit": "any",
        "quarantine.open": "any",
        **_PRIVACY,
    },
    # The administrator installs and connects. Reading clients' tickets is not part of that.
    Role.ADMINISTRATOR: {
        "desk.use": "any",
        "approval.decide": "any",
        "directory.see": "any",
        "directory.edit": "any",
        "mail.see": "any",
        "mail.handle": "any",
        "settings.edit": "any",
        "signin.edit": "any",
        "audit.see": "any",
        # A file that is held back, for a reason that stands on its ticket.
        "quarantine.open": "any",
        "agreement.see": "any",
        "rota.see": "any",
        **_EDITS_CONTRACTS,
        **_PRIVACY,
    },
}
