"""Signed links in mails: they open one ticket, for one person, for a while, without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from entraide.core.events import Refused

Purpose = Literal["see", "confirm", "reopen"]
SALT = "entraide.tickets.links"


class LinkInvalid(Refused):
    """The link was not made by this desk, or was damaged on its way."""


class LinkExpired(Refused):
    """The link was good once."""


@dataclass(frozen=True)
class Link:
    """What a link opens: the ticket with this id, as this person, to do this first."""

    ticket_id: int
    person_id: int
    purpose: Purpose


def token_for(ticket_id: int, person_id: int, *, purpose: Purpose) -> str:
    """Return the token of a link (URL-safe)."""
    return signing.dumps([ticket_id, person_id, purpose], salt=SALT)


def url_for(ticket_id: int, person_id: int, *, purpose: Purpose, base: str = "") -> str:
    """Return the whole address of a link, as it goes into a mail; `base` is where its reader knows the desk."""
    return f"{base or settings.ENTRAIDE.base_url}/t/{token_for(ticket_id, person_id, purpose=purpose)}/"


def open_link(token: str) -> Link:
    """Return what a token opens. Raises LinkExpired or LinkInvalid, with a sentence for the person."""
    days = settings.ENTRAIDE.signed_link_days
    try:
        ticket_id, person_id, purpose = signing.loads(token, salt=SALT, max_age=timedelta(days=days))
    except signing.SignatureExpired as error:
        raise LinkExpired(
            _("This link has expired. Sign in to see the ticket, or answer the mail: your answer reaches us.")
        ) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkInvalid(
            _("This link is not valid. Open it from the mail itself, whole, or answer the mail.")
        ) from error
    if purpose not in get_args(Purpose):
        raise LinkInvalid(_("This link is not valid. Open it from the mail itself, whole, or answer the mail."))
    return Link(ticket_id, person_id, purpose)


APPROVAL_SALT = "entraide.tickets.approvals"


def approval_url_for(approval_id: int, person_id: int, *, base: str = "") -> str:
    """Return the whole address at which this person answers an approval without an account; `base` as for `url_for`."""
    token = signing.dumps([approval_id, person_id], salt=APPROVAL_SALT)
    return f"{base or settings.ENTRAIDE.base_url}/a/{token}/"


def open_approval_link(token: str) -> tuple[int, int]:
    """Return the approval and the person that a token names. Raises LinkExpired or LinkInvalid, with a sentence for them."""
    days = settings.ENTRAIDE.signed_link_days
    try:
        approval_id, person_id = signing.loads(token, salt=APPROVAL_SALT, max_age=timedelta(days=days))
    except signing.SignatureExpired as error:
        raise LinkExpired(
            _("This link has expired. Sign in to find the question under “Approvals”, or have the desk ask again.")
        ) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkInvalid(
            _("This link is not valid. Open it from the mail itself, whole, or answer the mail.")
        ) from error
    return approval_id, person_id
