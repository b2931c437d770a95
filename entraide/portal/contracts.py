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
    """What has been agreed, the newest first."""
    where = {
        grant.organisation_id
        for grant in request.actor.granted
        if grant.right == "contract.see" and grant.organisation_id is not None
    }
    if not where:
        raise Http404
    found = queries.visible_to(request.actor).filter(organisation_id__in=where).select_related(*queries.AROUND)
    page = Paginator(found.order_by("-starts_on", "-pk"), PAGE).get_page(request.GET.get("page"))
    rows = [_row(request, each) for each in page]
    return render(request, "portal/contracts.html", {"page": page, "rows": rows, "nav": "contracts"})


def _row(request: Any, contract: Contract) -> dict[str, Any]:
    day = day_at(contract.organisation, now())
    shows_money = request.actor.may("contract.see_money", contract)
    return {
        "contract": contract,
        "is_in_force": contract.is_in_force(day),
        "is_to_come": contract.starts_on > day,
        "sites": Names(shows_money=shows_money).sites(contract.site_ids),
        "price": money(contract.price, contract.currency, contract.price_period)
        if shows_money and contract.price is not None
        else "",
    }
