"""The contracts of one's organisation, to read, for its contacts."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from entraide.contracts import queries
from entraide.contracts.holding import day_at
from entraide.contracts.models import Contract
from entraide.contracts.names import Names, money
from entraide.core.clock import now

PAGE = 30


def contracts(request: Any) -> HttpResponse:
    """What has been agreed, the newest first; what has ended after the rest."""
    where = queries.own_organisations(request.actor)
    if not where:
        raise Http404
    found = queries.visible_to(request.actor).filter(organisation_id__in=where).select_related(*queries.AROUND)
    page = Paginator(queries.newest_first(found, at=now()), PAGE).get_page(request.GET.get("page"))
    names = Names(shows_money=True)
    names.know_sites(site for each in page for site in each.site_ids)
    rows = [_row(request, each, names) for each in page]
    return render(request, "portal/contracts.html", {"page": page, "rows": rows, "nav": "contracts"})


def _row(request: Any, contract: Contract, names: Names) -> dict[str, Any]:
    day = day_at(contract.organisation, now())
    shows_money = request.actor.may("contract.see_money", contract)
    return {
        "contract": contract,
        "is_in_force": contract.is_in_force(day),
        "is_to_come": contract.starts_on > day,
        "sites": names.sites(contract.site_ids),
        "price": money(contract.price, contract.currency, contract.price_period)
        if shows_money and contract.price is not None
        else "",
    }
