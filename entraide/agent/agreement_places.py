"""For whom an agreement holds: organisations and their sites, from the agreement's page and from the organisation's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entraide.agent.access import typed_number
from entraide.contracts import queries as queries_of_contracts
from entraide.contracts.holding import Holding, in_force
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.people.models import Organisation, Site
from entraide.sla.models import Agreement, AgreementAssignment


def assign(agreement: Agreement, *, organisation: Organisation, site: Site | None) -> AgreementAssignment:
    """Let an agreement hold there. Raises Conflict where another one holds, Refused for an inactive one."""
    if not agreement.is_active:
        raise Refused(_("Only an active agreement can be assigned."), field="agreement")
    place = site.name if site else organisation.name
    try:
        with transaction.atomic():
            return AgreementAssignment.objects.create(agreement=agreement, organisation=organisation, site=site)
    except IntegrityError:
        there = AgreementAssignment.objects.select_related("agreement").get(organisation=organisation, site=site)
        raise Conflict(
            _("%(place)s has the agreement “%(name)s” already. Remove that one first: two cannot hold for one place.")
            % {"place": place, "name": there.agreement.name},
            field="organisation",
        ) from None


def places_of(agreement: Agreement) -> Any:
    """Return where an agreement is assigned, as far as the scope reaches."""
    return agreement.assignments.select_related("organisation", "site").order_by("organisation__name", "site__name")


def with_places(agreements: list[Agreement], request: Any) -> list[tuple[Agreement, list[str]]]:
    """Return each agreement with the names of those who have it; the default one is everybody else's, too."""
    keys = [each.pk for each in agreements]
    names: dict[int, list[str]] = {key: [] for key in keys}
    for place in AgreementAssignment.objects.filter(agreement__in=keys).select_related("organisation", "site"):
        names[place.agreement_id].append(
            f"{place.organisation.name} · {place.site.name}" if place.site else place.organisation.name
        )
    for contract in in_force(queries_of_contracts.visible_to(request.actor).filter(agreement__in=keys), at=now()):
        names[contract.agreement_id or 0].append(contract.organisation.name)
    return [(each, sorted(set(names[each.pk]))) for each in agreements]


def agreements_of(organisation: Organisation) -> dict[str, Any]:
    """Return what an organisation's page shows: what is assigned to it and its sites, and what holds otherwise."""
    rows = AgreementAssignment.objects.filter(organisation=organisation).select_related("agreement", "site")
    assigned = sorted(rows, key=lambda each: (each.site is not None, each.site.name if each.site else ""))
    holding = Holding.read(organisation_id=organisation.pk)
    contract = holding.contract(organisation.pk, None, with_agreement=True)
    # An inactive agreement does not hold, although it is still assigned.
    is_assigned = any(each.site is None and each.agreement.is_active for each in assigned)
    return {
        "assigned": assigned,
        "in_force": holding.agreement(organisation.pk, None),
        "in_force_by": contract,
        "is_fallback": contract is None and not is_assigned,
    }


def reached_organisations(request: Any) -> Any:
    """Return the organisations whose agreement this person may set."""
    reached = {grant.organisation_id for grant in request.actor.granted if grant.right == "settings.edit"}
    found = Organisation.objects.filter(is_active=True)
    return found if None in reached else found.filter(pk__in=reached)


def take_away(request: Any, assignments: Any) -> None:
    """Remove the one of these assignments that the request names, and say so."""
    removed = typed_number(request.POST.get("remove"))
    found = assignments.filter(organisation__in=reached_organisations(request), pk=removed).first()
    if found is None:
        messages.error(request, _("It was removed already."))
        return
    found.delete()
    messages.success(request, _("Removed: the tickets that are open keep what was promised for them."))
