"""Opening a ticket for somebody who calls or stands at the counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, takes_post, to_page, typed_number
from entraide.agent.sending import FILES_AT_MOST, Sent, new_key, sent_with
from entraide.agent.ticket_templates import asked_for, offered
from entraide.core.events import Refused
from entraide.forms.asking import typed_from
from entraide.people.directory import enrol
from entraide.people.models import Person, Site, Team
from entraide.people.queries import organisations_in_scope
from entraide.tickets import queries
from entraide.tickets.filling import open_with_form
from entraide.tickets.form_of import form_of
from entraide.tickets.form_page import VERSION, asked_on_page, is_untouched, sent_answers
from entraide.tickets.kinds import kinds
from entraide.tickets.models import Category, Channel, Mode
from entraide.tickets.priority import Impact, Urgency
from entraide.tickets.promised import priority_for, promised

FIELDS = (
    "requester", "new_name", "new_email", "organisation", "subject", "text", "channel", "kind", "category", "site", "mode",
    "impact", "urgency", "take", "team", "tags", "template",
)  # fmt: skip
FOUND_AT_MOST = 8
CHANNELS = (Channel.PHONE, Channel.DESK, Channel.CHAT)


@needs("ticket.open")
def opening(request: Any) -> HttpResponse:
    """The form; on POST, the ticket."""
    typed = {"channel": Channel.PHONE, "impact": "3", "urgency": "2", "kind": "incident", "mode": "remote"}
    if request.method != "POST":
        typed |= {"requester": request.GET.get("requester", ""), **asked_for(request)}
        return _form(request, typed)
    typed = {name: clean(request.POST.get(name, "")).strip() for name in FIELDS}
    sent = sent_with(request, "opening", 0)
    try:
        earlier = sent.earlier()
        if sent.refused:
            raise sent.refused
        ticket = earlier.ticket if earlier else _open(request, typed, sent)
    except Refused as refused:
        return _form(request, typed, refused=refused, chips=sent.chips(request.person.pk))
    return to_page(request, "agent:ticket", number=ticket.number, fragment=f"sent-{sent.key}" if sent.key else "")


@needs("directory.see")
def people(request: Any) -> HttpResponse:
    """People who match what is typed: name, address, telephone, organisation."""
    words = clean(request.GET.get("who", "")).strip()
    found: list[Person] = []
    if len(words) >= 2:
        digits = "".join(character for character in words if character.isdigit())
        matching = (
            Q(name__icontains=words) | Q(addresses__email__istartswith=words) | Q(organisation__name__istartswith=words)
        )
        if len(digits) >= 4:
            matching |= Q(phones__number__contains=digits.lstrip("0"))
        rows = Person.objects.filter(matching, is_active=True).select_related("organisation", "site").distinct()
        found = list(rows.prefetch_related("addresses", "phones").order_by("name")[:FOUND_AT_MOST])
    return render(request, "agent/opening.html#people", {"found": found, "words": words})


@needs("ticket.open")
def resulting_priority(request: Any) -> HttpResponse:
    """The priority that an impact and an urgency give."""
    requester = Person.objects.filter(pk=typed_number(request.GET.get("requester")) or 0).first()
    value = _resulting(request.GET.get("impact"), request.GET.get("urgency"), requester)
    return render(request, "agent/opening.html#priority", {"resulting": value})


@needs("ticket.open")
@takes_post("agent:opening")
def asked_of_category(request: Any) -> HttpResponse:
    """What the category that was chosen asks in addition, with what was answered already."""
    return render(request, "agent/opening.html#asked", _asked(request, request.POST, _caller(request.POST)))


def _open(request: Any, typed: dict[str, str], sent: Sent) -> Any:
    requester = _requester(request, typed)
    category = _category(typed["category"])
    version = form_of(category)
    if version is not None and is_untouched(request.POST):
        # Whoever is on the telephone asks later: the ticket says that its form is not filled in.
        version = None
    answers = (
        sent_answers(request.POST, version, organisation_id=requester.organisation_id, audience="desk")
        if version
        else {}
    )
    site = Site.objects.filter(pk=typed_number(typed["site"]) or 0, organisation_id=requester.organisation_id).first()
    return open_with_form(
        requester.organisation,
        requester=requester,
        version=version,
        answers=answers,
        subject=typed["subject"],
        text=typed["text"] or typed["subject"],
        channel=typed["channel"] if typed["channel"] in CHANNELS else Channel.DESK,
        actor=request.actor,
        kind=typed["kind"],
        category=category,
        site_id=site.pk if site else None,
        mode=typed["mode"] if typed["mode"] in Mode.values else Mode.REMOTE,
        impact=typed_number(typed["impact"]) or 0,
        urgency=typed_number(typed["urgency"]) or 0,
        team=Team.objects.filter(pk=typed_number(typed["team"]) or 0, is_active=True).first(),
        assignee=request.person if typed["take"] else None,
        tags=list(dict.fromkeys(tag.strip().lower()[:60] for tag in typed["tags"].split(",") if tag.strip())),
        attachments=sent.files,
        once=sent.once,
    )


def _requester(request: Any, typed: dict[str, str]) -> Person:
    known = _caller(typed)
    if known is not None:
        return known
    if not typed["new_email"]:
        raise Refused(_("Choose who calls, or write the name and the address of somebody new."), field="requester")
    try:
        validate_email(typed["new_email"])
    except ValidationError as error:
        raise Refused(_("This is not a mail address."), field="new_email") from error
    organisation = organisations_in_scope().filter(pk=typed_number(typed["organisation"]) or 0).first()
    if organisation is None:
        raise Refused(_("Choose the organisation of the new person."), field="organisation")
    return enrol(organisation, name=typed["new_name"], email=typed["new_email"])


def _category(key: str | None) -> Category | None:
    return Category.objects.filter(pk=typed_number(key) or 0, is_active=True).select_related("parent").first()


def _caller(typed: Mapping[str, str]) -> Person | None:
    """Return the person who was chosen, if there is one."""
    return Person.objects.select_related("organisation").filter(pk=typed_number(typed.get("requester")) or 0).first()


def _asked(
    request: Any, typed: Mapping[str, str], requester: Person | None, refused: Refused | None = None
) -> dict[str, Any]:
    """Return the fields that the chosen category asks of the chosen requester's organisation."""
    version = form_of(_category(typed.get("category")))
    fields = asked_on_page(
        version,
        organisation_id=requester.organisation_id if requester else typed_number(typed.get("organisation")) or 0,
        audience="desk",
        typed=typed_from(request.POST),
        refused=refused,
        offers_people=True,
    )
    return {"asked": fields, "asked_version": version, "version_name": VERSION}


def _form(
    request: Any, typed: dict[str, str], *, refused: Refused | None = None, chips: Sequence[Any] = ()
) -> HttpResponse:
    requester = _caller(typed)
    context = {
        "typed": typed,
        "refused": refused,
        "chips": chips,
        "form_key": new_key(),
        "files_at_most": FILES_AT_MOST,
        "requester": requester,
        "others": queries.open_tickets(queries.visible_to(request.actor).filter(requester=requester))[:5]
        if requester
        else [],
        "categories": Category.objects.filter(is_active=True).select_related("parent").order_by("parent__name", "name"),
        "organisations": organisations_in_scope(),
        "templates": offered(request, organisation_id=requester.organisation_id if requester else None),
        "teams": Team.objects.filter(is_active=True),
        "kinds": list(kinds),
        "channels": [(code, Channel(code).label) for code in CHANNELS],
        "impacts": Impact.choices,
        "urgencies": Urgency.choices,
        "modes": Mode.choices,
        "resulting": _resulting(typed.get("impact"), typed.get("urgency"), requester),
        **_asked(request, typed, requester, refused),
    }
    return render(request, "agent/opening.html", context, status=422 if refused else 200)


def _resulting(impact: str | None, urgency: str | None, requester: Person | None) -> int | None:
    """Return the priority that the requester's agreement makes of what is chosen."""
    i, u = typed_number(impact), typed_number(urgency)
    if i not in Impact.values or u not in Urgency.values:
        return None
    version_id, raised = (
        promised(requester.organisation_id, site_id=requester.site_id, beneficiary=requester)
        if requester
        else (None, 0)
    )
    return priority_for(i or 0, u or 0, version_id=version_id, raised=raised)
