"""Writing to third parties from a ticket: what the box shows, and what is sent from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.access import clean, typed_number
from entraide.agent.tickets import verb
from entraide.channels.email.third_parties import OfAnotherClient, addresses_in, write
from entraide.core.events import Refused
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Attachment, PendingReason, Ticket, TicketEntry
from entraide.tickets.queries import is_in_conversation
from entraide.tickets.third_parties import conversation_named, conversations_of, remembered
from entraide.tickets.timeline import lines_of
from entraide.tickets.verdicts import mark, require_free

FILES_OFFERED_AT_MOST = 40


@verb
def third_parties(request: Any, found: Ticket) -> None:
    """Write to third parties; with a reason, the ticket waits until they answer."""
    to = _to(request)
    write(
        found,
        to=to,
        subject=_typed(request, "subject"),
        text=_typed(request, "text"),
        attachments=(*request.sent.files, *_chosen_files(request, found)),
        conversation=_typed(request, "conversation"),
        hold_reason=_typed(request, "hold_reason"),
        # Of these very addresses, not of others that were written meanwhile.
        is_confirmed=_typed(request, "confirmed") == ",".join(sorted(to)),
        actor=request.actor,
        once=request.sent.once,
    )


def third_party_panel(
    request: Any, found: Ticket, *, entries: Sequence[TicketEntry], parts: Sequence[Ticket], has: dict[str, bool], box: str,
    refused: Refused | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the conversations there are and, for who may write, what the box holds; `entries` are those that the page shows."""
    if not request.actor.may("ticket.see_internal", found):
        return {"third_party_conversations": []}
    conversations = conversations_of(found, parts)
    sent = request.POST if refused is not None and box == "third_parties" else None
    chosen = conversation_named((sent or request.GET).get("conversation", ""), conversations)
    panel: dict[str, Any] = {
        "third_party_conversations": conversations,
        "third_party": chosen,
        "third_party_lines": lines_of(chosen.entries) if chosen else [],
    }
    if not has["third_parties"]:
        return panel
    ticked = sent.getlist("remembered") if sent else ()
    files_ticked = set(sent.getlist("file")) if sent else set()
    addressees = ", ".join((*chosen.addresses, *request.GET.getlist("with"))) if chosen else ""
    panel["third_party_typed"] = {
        "to": clean(sent.get("to", "")) if sent else addressees,
        "subject": clean(sent.get("subject", "")) if sent else "",
        "text": clean(sent.get("text", "")) if sent else "",
        "hold_reason": clean(sent.get("hold_reason", "")) if sent else "",
    }
    panel["third_party_remembered"] = (
        [] if chosen else [(each, each in ticked) for each in remembered(found.organisation_id)]
    )
    panel["third_party_files"] = [(each, str(each.pk) in files_ticked) for each in _files_on(entries)]
    panel["third_party_files_ticked"] = bool(files_ticked)
    # What needs a date is put on hold in its own box.
    reasons = PendingReason.objects.filter(ends_on_third_party=True, needs_date=False)
    panel["third_party_reasons"] = list(reasons) if has["hold"] else []
    panel["third_party_confirms"] = ",".join(sorted(_to(request))) if isinstance(refused, OfAnotherClient) else ""
    return panel


def _to(request: Any) -> list[str]:
    typed = [_typed(request, "to"), *map(clean, request.POST.getlist("remembered"))]
    return addresses_in(",".join(typed))


def _files_on(entries: Sequence[TicketEntry]) -> list[Attachment]:
    """Return the files of a ticket that can go along, the newest first, each content once."""
    files: dict[tuple[str, str], Attachment] = {}
    for entry in entries:
        for each in entry.attachments.all():
            # As it first came: what was public stays so, though it went along with an internal message since.
            if not each.is_inline:
                files.setdefault((each.digest, each.name), each)
    offered = list(reversed(files.values()))[:FILES_OFFERED_AT_MOST]
    mark(offered)
    return [each for each in offered if not each.held]


def _chosen_files(request: Any, found: Ticket) -> list[FileRef]:
    keys = [key for key in map(typed_number, request.POST.getlist("file")) if key is not None]
    rows = list(Attachment.objects.select_related("entry").filter(pk__in=keys).order_by("pk"))
    here = [each for each in rows if is_in_conversation(each.entry, found, actor=request.actor)]
    if len(here) < len(set(keys)):
        raise Refused(_("One of the files is not on this ticket any more. Choose again."), field="attachments")
    for each in here:
        require_free(each)
    return [FileRef(each.digest, each.name, each.mime, each.size_bytes) for each in here]


def _typed(request: Any, name: str) -> str:
    return clean(request.POST.get(name, "")).strip()
