"""Organisations, sites, people, teams and categories."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from entraide.api.access import require
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.schemas import (
    CategoryOut,
    Line,
    OrganisationIn,
    OrganisationOut,
    PersonIn,
    PersonOut,
    PersonPatch,
    SiteOut,
    TeamOut,
)
from entraide.api.tickets import ERRORS
from entraide.core.events import NotAllowed, Refused
from entraide.people.directory import enrol
from entraide.people.models import MailAddress, Organisation, Person, Site, Team
from entraide.tickets.models import Category

router = Router(tags=["directory"])


@router.get("/organisations", response={200: Page[OrganisationOut], **ERRORS}, summary="List organisations")
def list_organisations(request: HttpRequest, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return the organisations within the token's reach."""
    require(request, "directory:read")
    items, following = page_of(_organisations(request), order="id", cursor=cursor, limit=limit)
    return {"items": items, "next": following}


@router.get("/organisations/{int:key}", response={200: OrganisationOut, **ERRORS}, summary="Read an organisation")
def read_organisation(request: HttpRequest, key: int) -> Any:
    """Return one organisation."""
    require(request, "directory:read")
    return _or_404(_organisations(request).filter(pk=key).first())


@router.post("/organisations", response={201: OrganisationOut, **ERRORS}, summary="Add an organisation")
def add_organisation(request: HttpRequest, data: OrganisationIn) -> Any:
    """Add an organisation that the desk supports."""
    _may_edit(request)
    organisation = Organisation(**data.dict())
    _save(organisation)
    return 201, organisation


@router.put("/organisations/{int:key}", response={200: OrganisationOut, **ERRORS}, summary="Change an organisation")
def change_organisation(request: HttpRequest, key: int, data: OrganisationIn) -> Any:
    """Replace what is known of an organisation."""
    require(request, "directory:write")
    organisation = _or_404(_organisations(request).filter(pk=key).first())
    _may_edit(request, organisation.pk)
    for name, value in data.dict().items():
        setattr(organisation, name, value)
    _save(organisation)
    return organisation


@router.get("/sites", response={200: Page[SiteOut], **ERRORS}, summary="List sites")
def list_sites(request: HttpRequest, organisation: int | None = None, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return sites, of one organisation if it is named."""
    require(request, "directory:read")
    sites = Site.objects.filter(organisation_id=organisation) if organisation else Site.objects.all()
    items, following = page_of(sites, order="id", cursor=cursor, limit=limit)
    return {"items": items, "next": following}


@router.get("/people", response={200: Page[PersonOut], **ERRORS}, summary="List people")
def list_people(
    request: HttpRequest,
    organisation: int | None = None,
    email: Line = "",
    q: Line = "",
    cursor: Line = "",
    limit: int = PAGE,
) -> Any:
    """Return people, by organisation, exact mail address or part of the name."""
    _may_see(request)
    people = Person.objects.prefetch_related("addresses", "phones")
    if organisation:
        people = people.filter(organisation_id=organisation)
    if email:
        people = people.filter(addresses__email__iexact=email)
    if q:
        people = people.filter(name__icontains=q)
    items, following = page_of(people, order="id", cursor=cursor, limit=limit)
    return {"items": items, "next": following}


@router.get("/people/{int:key}", response={200: PersonOut, **ERRORS}, summary="Read a person")
def read_person(request: HttpRequest, key: int) -> Any:
    """Return one person; everybody may read themselves."""
    require(request, "directory:read")
    if key != request.person.pk:  # type: ignore[attr-defined]
        _may_see(request)
    return _person(key)


@router.post("/people", response={201: PersonOut, **ERRORS}, summary="Add a person")
def add_person(request: HttpRequest, data: PersonIn) -> Any:
    """Add a person with a mail address to an organisation."""
    _may_edit(request, data.organisation_id)
    organisation = _organisations(request).filter(pk=data.organisation_id).first()
    if organisation is None:
        raise Refused(_("There is no such organisation."), field="organisation_id")
    try:
        validate_email(data.email)
    except DjangoValidationError as error:
        raise Refused(_("This is not a mail address."), field="email") from error
    if MailAddress.objects.filter(email__iexact=data.email).exists():
        raise Refused(_("Somebody has this mail address already."), field="email")
    person = enrol(organisation, name=data.name, email=data.email)
    if person.organisation_id != organisation.pk:
        raise Refused(_("Somebody has this mail address already."), field="email")
    if data.job_title:
        person.job_title = data.job_title
        person.save(update_fields=["job_title"])
    return 201, _person(person.pk)


@router.patch("/people/{int:key}", response={200: PersonOut, **ERRORS}, summary="Change a person")
def change_person(request: HttpRequest, key: int, data: PersonPatch) -> Any:
    """Change what is given and leave the rest."""
    require(request, "directory:write")
    person = _person(key)
    _may_edit(request, person.organisation_id)
    for name, value in data.dict(exclude_unset=True).items():
        setattr(person, name, value)
    _save(person)
    return _person(key)


@router.get("/teams", response={200: list[TeamOut], **ERRORS}, summary="List teams")
def list_teams(request: HttpRequest) -> Any:
    """Return all teams, by level."""
    _may_see(request)
    return list(Team.objects.all())


@router.get("/categories", response={200: list[CategoryOut], **ERRORS}, summary="List categories")
def list_categories(request: HttpRequest) -> Any:
    """Return the tree of categories, flat: each names its parent."""
    require(request, "tickets:read")
    return list(Category.objects.filter(is_active=True))


def _organisations(request: Any) -> Any:
    reached = request.reach.organisations
    organisations = Organisation.objects.all()
    return organisations if reached is None else organisations.filter(pk__in=reached)


def _may_see(request: Any) -> None:
    require(request, "directory:read")
    if not request.actor.may_on_anything("directory.see"):
        raise NotAllowed(_("You do not have the right to do this here."))


def _may_edit(request: Any, organisation_id: int | None = None) -> None:
    """Raise NotAllowed unless the right holds in this organisation or, without one, in every organisation."""
    require(request, "directory:write")
    is_everywhere = organisation_id is not None or request.reach.organisations is None
    if not is_everywhere or not request.actor.may_on_anything("directory.edit", organisation_id):
        raise NotAllowed(_("You do not have the right to do this here."))


def _person(key: int) -> Person:
    return _or_404(Person.objects.prefetch_related("addresses", "phones").filter(pk=key).first())  # type: ignore[no-any-return]


def _or_404(row: Any) -> Any:
    if row is None:
        raise Http404
    return row


def _save(row: Any) -> None:
    """Validate and save. Raises Refused, naming the first field at fault."""
    try:
        row.full_clean(exclude=["organisation"])
        with transaction.atomic():
            row.save()
    except DjangoValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Refused(" ".join(messages), field=name) from error
    except IntegrityError as error:
        raise Refused(_("There is one like this already.")) from error
