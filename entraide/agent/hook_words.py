"""What can happen to a ticket, in a few words each, as one chooses it for an endpoint."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.channels.hooks.wanted import can_be_public, ticket_events, type_of

_NAMES: dict[str, str | Promise] = {
    "ticket_opened": _("a ticket is opened"),
    "replied": _("the desk answers"),
    "requester_wrote": _("the requester writes"),
    "resolved": _("a ticket is resolved"),
    "confirmed": _("the requester confirms"),
    "reopened": _("a ticket is reopened"),
    "rated": _("the requester gives a mark"),
    "ticket_closed": _("a ticket is closed"),
    "merged": _("a ticket becomes part of another one"),
    "unmerged": _("a merge is undone"),
    "major_declared": _("a major incident is declared"),
    "major_updated": _("there is news of a major incident"),
    "major_update_shared": _("a ticket that follows hears the news"),
    "major_stood_down": _("a major incident is stood down"),
    "major_standing_down_shared": _("a ticket that followed hears that it was none"),
    "taken": _("somebody takes a ticket"),
    "assigned": _("a ticket is assigned"),
    "escalated": _("a ticket is handed over to another level"),
    "handover_accepted": _("a handover is accepted"),
    "handover_returned": _("a handover is sent back"),
    "put_on_hold": _("a ticket waits"),
    "resumed": _("a ticket is taken up again"),
    "put_back_to_new": _("a ticket is new again, as an act was taken back"),
    "note_added": _("an internal note is written"),
    "stranger_wrote": _("somebody who is not on the ticket writes"),
    "third_party_written": _("a third party is written to"),
    "third_party_answered": _("a third party answers"),
    "automatic_answer_received": _("an automatic answer arrives"),
    "mail_bounced": _("a mail cannot be delivered"),
    "fields_edited": _("fields are edited"),
    "form_filled": _("the answers to a form change"),
    "priority_overridden": _("the priority is set by hand"),
    "clock_warned": _("a promise is in danger"),
    "clock_breached": _("a promise is missed"),
    "retargeted": _("another agreement holds"),
    "arrived_on_site": _("somebody has arrived on site"),
    "hierarchically_escalated": _("an escalation rule speaks"),
    "work_logged": _("time is logged"),
    "work_withdrawn": _("logged time is taken back"),
    "linked": _("tickets are linked"),
    "unlinked": _("a link is taken away"),
    "merged_in": _("another ticket becomes part of this one"),
    "unmerged_out": _("another ticket is on its own again"),
    "moved_to_organisation": _("a ticket moves to another organisation"),
    "marked_confidential": _("a ticket becomes confidential"),
    "confidentiality_lifted": _("a ticket is confidential no longer"),
    "watcher_added": _("somebody follows a ticket"),
    "watcher_removed": _("somebody follows a ticket no longer"),
    "followed": _("a ticket follows a major incident"),
    "unfollowed": _("a ticket follows a major incident no longer"),
    "major_changed": _("who leads a major incident changes"),
    "major_reviewed": _("a major incident is reviewed"),
    "file_held_back": _("a harmful file is held back"),
    "held_file_taken": _("somebody takes a held file all the same"),
    "passage_redacted": _("a passage is taken out"),
    "file_taken_away": _("a file is taken away"),
    "words_erased": _("words are erased"),
    "approval_asked": _("an approval is asked for"),
    "approval_reminded": _("an approval is asked for again"),
    "approval_given": _("something is approved"),
    "approval_refused": _("something is not approved"),
    "approval_expired": _("an approval was not answered in time"),
    "approval_withdrawn": _("an approval is no longer needed"),
}


def kind_name(kind: str) -> str:
    """Return what happens, in words; a kind that this version no longer knows is called as in the messages."""
    return str(_NAMES.get(kind, type_of(kind)))


def public_kinds() -> list[tuple[str, str]]:
    """Return the kinds of entries that requesters may see, with their names."""
    return _named(is_public=True)


def internal_kinds() -> list[tuple[str, str]]:
    """Return the kinds of entries that nobody but the desk sees, with their names."""
    return _named(is_public=False)


def _named(*, is_public: bool) -> list[tuple[str, str]]:
    order = list(_NAMES)
    kinds = [each.kind for each in ticket_events() if can_be_public(each) == is_public]
    kinds.sort(key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
    return [(kind, kind_name(kind)) for kind in kinds]
