"""Mail, as it came in and as it goes out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from entraide.api.access import require
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.schemas import IncomingOut, Instant, Line, OutgoingOut
from entraide.api.tickets import ERRORS
from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.core.events import NotAllowed

router = Router(tags=["mail"])


@router.get("/outgoing-messages", response={200: Page[OutgoingOut], **ERRORS}, summary="List outgoing messages")
def list_outgoing(
    request: HttpRequest, ticket: int | None = None, recipient: Line = "", envelope_to: Line = "", state: Line = "",
    created_since: Instant | None = None, cursor: Line = "", limit: int = PAGE,
) -> Any:  # fmt: skip
    """Return the outbox, oldest first; `envelope_to` means the same as `recipient`."""
    _may_see_mail(request)
    wanted = {
        "ticket__number": ticket,
        "recipient__iexact": recipient or envelope_to or None,
        "state": state or None,
        "created_at__gte": created_since,
    }
    mails = OutgoingMail.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    items, following = page_of(mails.select_related("ticket"), order="id", cursor=cursor, limit=limit)
    return {"items": items, "next": following}


@router.get("/incoming-messages", response={200: Page[IncomingOut], **ERRORS}, summary="List incoming messages")
def list_incoming(
    request: HttpRequest, envelope_to: Line = "", outcome: Line = "", message_id: Line = "", cursor: Line = "",
    limit: int = PAGE,
) -> Any:  # fmt: skip
    """Return the mails that came in, oldest first, with what became of them."""
    _may_see_mail(request)
    wanted: dict[str, Any] = {"outcome": outcome, "message_id": message_id}
    mails = IncomingMail.objects.filter(**{name: value for name, value in wanted.items() if value})
    if envelope_to:
        mails = mails.filter(envelope_to__contains=[envelope_to.lower()])
    items, following = page_of(mails.defer("raw").select_related("ticket"), order="id", cursor=cursor, limit=limit)
    return {"items": items, "next": following}


def _may_see_mail(request: Any) -> None:
    require(request, "mail:read")
    # Mail is not sorted by organisation before it is read, so only those see it who may see all of it.
    if not request.actor.may_on_anything("mail.see") or request.reach.organisations is not None:
        raise NotAllowed(_("You do not have the right to do this here."))
