"""What every page knows of who looks at it."""

from __future__ import annotations

from functools import cache
from typing import Any

from entraide.contracts import queries as contracts
from entraide.core import scanning
from entraide.entrance.providers import any_provider
from entraide.portal.brand import brand_of_page
from entraide.portal.catalogue import offers_anything
from entraide.tickets import queries as tickets
from entraide.tickets.approvals import asked_of, waiting_for


def who(request: Any) -> dict[str, Any]:
    """Tell templates which rooms this person may enter."""
    # Asked by the pages of the portal, once each.
    brand = cache(lambda: brand_of_page(request))
    actor = getattr(request, "actor", None)
    # Asked by the page to sign in.
    first = cache(lambda: request.method == "GET" and "login" not in request.GET and any_provider())
    if actor is None or getattr(request, "person", None) is None:
        return {"at_the_desk": False, "brand": brand, "asks_address_first": first}
    return {
        "brand": brand,
        "at_the_desk": actor.may("desk.use"),
        "may_tickets": actor.may_on_anything("ticket.see"),
        "may_open": actor.may_on_anything("ticket.open"),
        "may_board": actor.may_on_anything("board.see"),
        "may_routines": actor.may_on_anything("macro.use"),
        "may_reports": actor.may_on_anything("reports.see"),
        "may_mail": actor.may_on_anything("mail.see"),
        "may_redact": actor.may_on_anything("ticket.redact"),
        "may_privacy": actor.may_on_anything("privacy.see"),
        "may_agreements": actor.may_on_anything("agreement.see"),
        "may_rotas": actor.may_on_anything("rota.see"),
        "may_audit": actor.may_on_anything("audit.see"),
        "may_settings": actor.may_on_anything("settings.edit"),
        "may_quarantine": scanning.is_on() and actor.may_on_anything("quarantine.open"),
        "may_sign_in": actor.may_everywhere("signin.edit"),
        "may_hooks": actor.may_everywhere("settings.edit"),
        "may_contracts": actor.may_on_anything("contract.see"),
        # Asked by the pages that lead there.
        "has_catalogue": offers_anything,
        "has_organisation": bool(tickets.own_organisations(actor)),
        "has_approvals": lambda: asked_of(request.person.pk).exists(),
        "approvals_waiting": lambda: waiting_for(request.person.pk).count(),
        "has_own_contracts": bool(contracts.own_organisations(actor)),
        "may_edit_directory": actor.may_on_anything("directory.edit"),
    }
