"""Contracts, to read. Prices are null for whoever may not see them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from entraide.api.access import require
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.schemas import ContractOut, Line
from entraide.api.tickets import ERRORS
from entraide.contracts import queries
from entraide.contracts.holding import day_at
from entraide.contracts.models import Contract
from entraide.core.clock import now
from entraide.core.events import NotAllowed

router = Router(tags=["contracts"])


@router.get("/contracts", response={200: Page[ContractOut], **ERRORS}, summary="List contracts")
def list_contracts(request: HttpRequest, organisation: int | None = None, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return contracts, of one organisation if it is named; `is_in_force` says whether each holds today."""
    found = _visible(request).select_related("organisation")
    if organisation is not None:
        found = found.filter(organisation_id=organisation)
    items, following = page_of(found, order="id", cursor=cursor, limit=limit)
    return {"items": [_shown(request, each) for each in items], "next": following}


@router.get("/contracts/{int:key}", response={200: ContractOut, **ERRORS}, summary="Read a contract")
def read_contract(request: HttpRequest, key: int) -> Any:
    """Return one contract."""
    contract = _visible(request).select_related("organisation").filter(pk=key).first() if key < 2**63 else None
    if contract is None:
        raise Http404
    return _shown(request, contract)


def _visible(request: Any) -> Any:
    require(request, "contracts:read")
    if not request.actor.may_on_anything("contract.see"):
        raise NotAllowed(_("You do not have the right to do this here."))
    return queries.visible_to(request.actor)


def _shown(request: Any, contract: Contract) -> dict[str, Any]:
    shows_money = request.actor.may("contract.see_money", contract)
    names = (
        "id", "organisation_id", "reference", "name", "type", "site_ids", "starts_on", "ends_on", "notice_days",
        "renewal_months", "notice_by", "agreement_id", "contact_id",
    )  # fmt: skip
    priced = shows_money and contract.price is not None
    return {
        **{name: getattr(contract, name) for name in names},
        "is_in_force": contract.is_in_force(day_at(contract.organisation, now())),
        "price": contract.price if priced else None,
        "currency": contract.currency if priced else None,
        "price_period": contract.price_period if priced else None,
        "note": contract.note if request.actor.may("contract.edit", contract) else None,
    }
