"""Macros: those that the token's person may use, what one would do on a ticket, and using it there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from entraide.api.access import actor_of, require
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.schemas import EntryOut, Line, Text, Uploads
from entraide.api.tickets import ERRORS, find, find_to_change, written
from entraide.api.uploads import files_named
from entraide.core.events import Refused
from entraide.people.models import Person
from entraide.routines.applying import apply, plan, text_for
from entraide.routines.facts import VARIABLES
from entraide.routines.models import Macro
from entraide.routines.reach import place, usable

router = Router(tags=["macros"])


class MacroOut(Schema):
    """`place`: owner (one's own), team or all. `writes`: reply or note. `assigns`: me, team or empty. What is null or empty is left as it is."""

    id: int
    name: str
    place: str
    team_id: int | None
    writes: str
    text_fr: str
    text_en: str
    hold_reason: str
    hold_days: int | None
    resolution_code: str
    assigns: str
    to_team_id: int | None
    impact: int | None
    urgency: int | None
    category_id: int | None
    tags: list[str]


class MacroPlanOut(Schema):
    """What it would write and do. `gaps` are variables that have no value here, `refused` why it cannot be used.

    `mark` stands for these acts on the ticket as it is.
    """

    text: str
    language: str
    gaps: list[str]
    acts: list[str]
    refused: str
    mark: str


class MacroUseIn(Schema):
    """Without `text` it is the macro's own. With `mark` it is refused (409) where it would do something else by now."""

    text: Text | None = None
    attachments: Uploads = []
    seen: int | None = None
    mark: Line | None = None


@router.get("/macros", response={200: Page[MacroOut], **ERRORS}, summary="List macros")
def list_macros(request: HttpRequest, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return the active macros that the token's person may use: their own, those of their teams, everybody's."""
    require(request, "tickets:read")
    rows, following = page_of(_usable(request), order="id", cursor=cursor, limit=limit)
    for each in rows:
        each.place = place(each)
    return {"items": rows, "next": following}


@router.get(
    "/tickets/{int:number}/macros/{int:key}",
    response={200: MacroPlanOut, **ERRORS},
    summary="See what a macro would do with a ticket",
)
def read_plan(request: HttpRequest, number: int, key: int) -> Any:
    """Return the text as it would be for this ticket, and a sentence for each act. Nothing is changed."""
    require(request, "tickets:read")
    macro, ticket = _macro(request, key), find(request, number)
    said, language = text_for(macro, ticket, me=_person(request))
    planned = plan(macro, ticket, actor=actor_of(request))
    return {
        "text": said.text,
        "language": language,
        "gaps": list(said.empty),
        "acts": list(planned.sentences),
        "refused": planned.refused,
        "mark": planned.mark,
    }


@router.post(
    "/tickets/{int:number}/macros/{int:key}",
    response={201: list[EntryOut], **ERRORS},
    summary="Use a macro on a ticket",
)
def use_macro(request: HttpRequest, number: int, key: int, data: MacroUseIn) -> Any:
    """Send its text, or yours instead, and do what it does, all or nothing; return the entries written."""
    ticket, macro, actor = find_to_change(request, number), _macro(request, key), actor_of(request)
    text = data.text
    if text is None:
        said, _language = text_for(macro, ticket, me=_person(request))
        if said.empty:
            gaps = ", ".join(str(VARIABLES.get(name, name)) for name in said.empty)
            raise Refused(
                _("The text of the macro would have a gap here (%(gaps)s): send a text of your own.") % {"gaps": gaps},
                field="text",
            )
        text = said.text
    entries = apply(
        macro, ticket, text=text.strip(), files=files_named(request, data.attachments), seen=data.seen,
        shown=data.mark or None, actor=actor,
    )  # fmt: skip
    return 201, [written(each) for each in entries]


def _macro(request: HttpRequest, key: int) -> Macro:
    found: Macro | None = _usable(request).filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found


def _usable(request: HttpRequest) -> Any:
    actor = actor_of(request)
    if not actor.may_on_anything("macro.use"):
        raise Http404
    return usable(Macro.objects.filter(is_active=True), actor)


def _person(request: HttpRequest) -> Person:
    person: Person = request.person  # type: ignore[attr-defined]
    return person
