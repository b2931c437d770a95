"""Contracts: the list, one with its timeline, and what managers do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, takes_post, typed_number
from entraide.agent.contract_forms import ContractForm, EndForm, RenewalForm
from entraide.contracts import actions, queries
from entraide.contracts.days import add_months
from entraide.contracts.holding import day_at, overlapping, precedence
from entraide.contracts.models import Contract
from entraide.contracts.names import Names, money
from entraide.core.clock import now
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.people.models import Organisation, Person

PAGE, FOUND_AT_MOST = 50, 8
STANDINGS = ("in_force", "ending", "to_come", "ended", "all")


@dataclass(frozen=True)
class Row:
    """A contract as a list shows it; `price` is empty for whoever may not see it."""

    contract: Contract
    standing: str
    price: str


@needs("contract.see")
def contracts(request: Any) -> HttpResponse:
    """All that this person may see, soonest end first."""
    shown = request.GET.get("shown", "in_force")
    shown = shown if shown in STANDINGS else "in_force"
    organisation = typed_number(request.GET.get("organisation"))
    found = queries.standing(queries.visible_to(request.actor), shown, at=now())
    if organisation:
        found = found.filter(organisation_id=organisation)
    page = Paginator(queries.by_end(found.select_related(*queries.AROUND)), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows_of(request, page),
        "shown": shown,
        "standings": [(each, standing_name(each)) for each in STANDINGS],
        "organisations": _organisations(request, "contract.see"),
        "organisation": organisation,
        "may_edit": request.actor.may_on_anything("contract.edit"),
        "section": "contracts",
    }
    return render(request, "agent/contracts.html", context)


@needs("contract.see")
def contract(request: Any, key: int) -> HttpResponse:
    """One contract."""
    return _page(request, _find(request, key))


@needs("contract.edit")
def new(request: Any) -> HttpResponse:
    """Write down a contract: first whose, then what it says."""
    reached = _organisations(request, "contract.edit")
    organisation = reached.filter(pk=typed_number(request.GET.get("organisation")) or 0).first()
    if organisation is None:
        context = {"organisations": reached, "section": "contracts"}
        return render(request, "agent/contract_form.html", context)
    form = ContractForm(request.POST or None, organisation=organisation)
    return _form(request, form, organisation, None)


@needs("contract.edit")
def fields(request: Any, key: int) -> HttpResponse:
    """Change what a contract says."""
    known = _find(request, key)
    if not request.actor.may("contract.edit", known):
        raise Http404
    form = ContractForm(request.POST or None, organisation=known.organisation, known=known)
    return _form(request, form, known.organisation, known)


@needs("contract.edit")
def contacts(request: Any, key: int) -> HttpResponse:
    """People of one client who match what is typed; whoever is chosen already stays on top."""
    organisation = _organisations(request, "contract.edit").filter(pk=key).first() if key < 2**63 else None
    if organisation is None:
        raise Http404
    theirs = Person.objects.filter(organisation=organisation).select_related("site")
    chosen = theirs.filter(pk=typed_number(request.GET.get("contact_id")) or 0).first()
    words = clean(request.GET.get("who", "")).strip()
    found: list[Person] = []
    if len(words) >= 2:
        matching = theirs.filter(Q(name__icontains=words) | Q(addresses__email__istartswith=words), is_active=True)
        others = matching.exclude(pk=chosen.pk) if chosen else matching
        found = list(others.distinct().prefetch_related("addresses").order_by("name")[:FOUND_AT_MOST])
    context = {"chosen": chosen, "found": found, "words": words}
    return render(request, "agent/contract_contacts.html", context)


@needs("contract.see")
@takes_post("agent:contract", "key")
def renewal(request: Any, key: int) -> HttpResponse:
    """Let it go on until another day."""
    known, form = _find(request, key), RenewalForm(request.POST)
    return _do(
        request, known, form, "renewal_form", lambda: actions.renew(known, actor=request.actor, **form.cleaned_data)
    )


@needs("contract.see")
@takes_post("agent:contract", "key")
def end(request: Any, key: int) -> HttpResponse:
    """Give notice."""
    known, form = _find(request, key), EndForm(request.POST)
    return _do(request, known, form, "end_form", lambda: actions.end(known, actor=request.actor, **form.cleaned_data))


def rows_of(request: Any, found: Any) -> list[Row]:
    """Return contracts as this person may see them."""
    at = now()
    return [Row(each, _standing(each, at), _price(request, each)) for each in found]


def standing_name(code: str) -> str:
    return {
        "in_force": _("In force"), "ending": _("Ending within 90 days"), "to_come": _("To come"), "ended": _("Ended"),
        "all": _("All"),
    }[code]  # fmt: skip


def _form(request: Any, form: ContractForm, organisation: Organisation, known: Contract | None) -> HttpResponse:
    clashes: list[str] = []
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                saved = _save(request, form, organisation, known)
                clashes = _clashes(saved)
                if clashes and "knows" not in request.POST:
                    transaction.set_rollback(True)
            if not clashes or "knows" in request.POST:
                messages.success(request, _("Saved: it holds for tickets opened from its first day on."))
                return redirect("agent:contract", key=saved.pk)
            status = 409
        except NotAllowed:
            raise Http404 from None
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            status = 409 if isinstance(refused, Conflict) else 422
    context = {
        "form": form,
        "organisation": organisation,
        "known": known,
        "seen": request.POST.get("seen") or (known.version if known else ""),
        "clashes": clashes,
        "section": "contracts",
    }
    return render(request, "agent/contract_form.html", context, status=status)


def _save(request: Any, form: ContractForm, organisation: Organisation, known: Contract | None) -> Contract:
    if known is None:
        return actions.sign(organisation, terms=form.terms(), actor=request.actor)
    # Its own copy: the page still shows what was there when the writing is taken back.
    found = Contract.objects.get(pk=known.pk)
    actions.change(found, terms=form.terms(), actor=request.actor, seen=typed_number(request.POST.get("seen")))
    return found


def _clashes(contract: Contract) -> list[str]:
    """Return in words which of several contracts will hold, where they buy different agreements for one place."""
    said = []
    for other in overlapping(contract):
        first = max(contract, other, key=precedence)
        words = _("“%(other)s” buys another agreement for the same places at the same time: where both are in force, “%(holds)s” of “%(first)s” holds.")  # fmt: skip
        said.append(words % {"other": other, "holds": first.agreement, "first": first})
    return said


def _do(request: Any, known: Contract, form: Any, name: str, act: Any) -> HttpResponse:
    if not form.is_valid():
        return _page(request, known, status=422, **{name: form})
    try:
        act()
    except NotAllowed:
        return render(request, "look/error.html", {"status": 403}, status=403)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _page(request, known, status=409 if isinstance(refused, Conflict) else 422, **{name: form})
    messages.success(request, _("Saved."))
    return redirect("agent:contract", key=known.pk)


def _page(request: Any, known: Contract, *, status: int = 200, **sent: Any) -> HttpResponse:
    shows_money = request.actor.may("contract.see_money", known)
    names = Names(shows_money=shows_money)
    entries = known.timeline().select_related("actor_person")
    context = {
        "known": known,
        "row": rows_of(request, [known])[0],
        "standing": standing_name(_standing(known, now())),
        "sites": names.sites(known.site_ids),
        "lines": [(each, each.event.describe(names)) for each in entries],
        "clashes": _clashes(known),
        "may_edit": request.actor.may("contract.edit", known),
        "may_settings": request.actor.may_on_anything("settings.edit"),
        "renewal_form": RenewalForm(initial={"ends_on": _one_term_on(known)}, auto_id="renewal_%s"),
        "end_form": EndForm(auto_id="end_%s"),
        "section": "contracts",
        **sent,
    }
    return render(request, "agent/contract.html", context, status=status)


def _one_term_on(known: Contract) -> date | None:
    """Return the last day that a renewal is proposed with: one term later, a year where none was agreed."""
    return add_months(known.ends_on, known.renewal_months or 12) if known.ends_on else None


def _standing(contract: Contract, at: Any) -> str:
    day = day_at(contract.organisation, at)
    if contract.is_in_force(day):
        soon = contract.ends_on is not None and (contract.ends_on - day).days <= queries.ENDING_WITHIN_DAYS
        return "ending" if soon else "in_force"
    return "to_come" if contract.starts_on > day else "ended"


def _price(request: Any, contract: Contract) -> str:
    if not request.actor.may("contract.see_money", contract) or contract.price is None:
        return ""
    return money(contract.price, contract.currency, contract.price_period)


def _find(request: Any, key: int) -> Contract:
    found = queries.find(key, actor=request.actor)
    if found is None:
        raise Http404
    return found


def _organisations(request: Any, right: str) -> Any:
    reached = {grant.organisation_id for grant in request.actor.granted if grant.right == right}
    found = Organisation.objects.all()
    return found if None in reached else found.filter(pk__in=reached)
