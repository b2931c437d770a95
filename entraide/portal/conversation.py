"""A ticket as its requester sees it: the page, and what they can do there, signed in or by a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.channels.email.parsing.sanitise import safe_html, text_to_html
from entraide.core.actor import Actor
from entraide.core.events import Conflict, Refused
from entraide.people.models import Person
from entraide.people.origin import origin_of
from entraide.portal.forms_once import ChosenFiles, chosen_files, new_key, once_of
from entraide.tickets import actions, queries, rating
from entraide.tickets.attachments import FileRef
from entraide.tickets.events.rating import BEST, WORST, Rated, earlier_rating
from entraide.tickets.following_up import follow_up, is_over
from entraide.tickets.form_words import answers_of
from entraide.tickets.models import APPROVAL, Channel, Ticket
from entraide.tickets.names import Names
from entraide.tickets.rating import may_rate
from entraide.tickets.seeing import note_seen
from entraide.tickets.status import Status
from entraide.tickets.timeline import Line, lines_of

MARKS = [str(mark) for mark in range(WORST, BEST + 1)]


@dataclass(frozen=True)
class Visit:
    """Somebody looking at one ticket. `base` is the address of the page, under which its verbs are."""

    ticket: Ticket
    person: Person
    actor: Actor
    base: str
    by_link: bool = False
    purpose: str = "see"
    came_from: Ticket | None = None
    """The merged ticket that was asked for, of which `ticket` is the whole."""


def show(
    request: HttpRequest,
    visit: Visit,
    *,
    refused: Refused | None = None,
    typed: str = "",
    files: ChosenFiles | None = None,
    rated: Rated | None = None,
) -> HttpResponse:
    """Return the page; after a refusal with the sentence, with what was typed, and with the files."""
    ticket = visit.ticket
    note_seen(ticket, by=origin_of(request, visit.person), link=visit.by_link)
    context = {
        "visit": visit,
        "ticket": ticket,
        "lines": [_shown(line, visit) for line in lines_of(queries.conversation_for(ticket, actor=visit.actor))],
        "state": state_for(ticket, visit.person.pk),
        "is_own": ticket.concerns(visit.person.pk),
        "answers": answers_of(ticket, names=Names(), language=get_language() or "fr", audience="everyone"),
        "is_over": is_over(ticket),
        "may_answer": ticket.merged_into_id is None and visit.actor.may("ticket.answer", ticket),
        "may_confirm": ticket.status == Status.RESOLVED and visit.actor.may("ticket.confirm", ticket),
        "may_reopen": ticket.status in (Status.RESOLVED, Status.CLOSED) and visit.actor.may("ticket.reopen", ticket),
        "rating": earlier_rating(ticket, visit.person.pk),
        "may_rate": may_rate(ticket, actor=visit.actor),
        "marks": marks(),
        "rated": rated,
        "refused": refused,
        "typed": typed,
        "kept_files": files.named if files else (),
        "once": new_key(),
    }
    status = 200 if refused is None else 422
    answer = render(request, "portal/ticket.html", context, status=status)
    # A page behind a link must not stay in a shared computer's cache. (Its address does not leak either:
    # the desk's Referrer-Policy is same-origin; no-referrer would take the Origin from its own forms.)
    answer["Cache-Control"] = "no-store"
    return answer


def by_post(verb: Callable[[HttpRequest, Visit], HttpResponse]) -> Callable[[HttpRequest, Visit], HttpResponse]:
    """Return `verb` for POST alone: who comes otherwise (the address bar after a refusal) is led to the page."""

    @wraps(verb)
    def act(request: HttpRequest, visit: Visit) -> HttpResponse:
        return verb(request, visit) if request.method == "POST" else HttpResponseRedirect(visit.base)

    return act


@by_post
def answer(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Write into the ticket as its requester."""
    typed = request.POST.get("text", "")
    chosen = chosen_files(request, visit.person)

    def act() -> None:
        files = chosen.require()
        once = once_of(request, visit.person, about=str(visit.ticket.pk), words=[typed], files=files)
        if is_over(visit.ticket):
            _follow_up(visit, typed.strip(), files, once)
            return
        actions.answer(visit.ticket, text=typed.strip(), attachments=files, actor=visit.actor, once=once)

    done = _told_of_follow_up() if is_over(visit.ticket) else _("Your message has been sent.")
    return _try(request, visit, act, done=done, typed=typed, files=chosen)


@by_post
def confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Confirm that it is solved."""

    def act() -> None:
        try:
            actions.confirm(visit.ticket, actor=visit.actor)
        except Conflict as conflict:
            if not _did(visit, "confirmed"):
                raise Conflict(_stale(visit.ticket)) from conflict

    return _try(request, visit, act, done=_("Thank you. The request is closed."))


@by_post
def reopen(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that it is not solved, and what does not work."""
    typed = request.POST.get("text", "")

    if is_over(visit.ticket):
        return answer(request, visit)

    def act() -> None:
        try:
            actions.reopen(visit.ticket, text=typed.strip(), actor=visit.actor)
        except Conflict as conflict:
            if not _did(visit, "reopened", text=typed.strip()):
                raise Conflict(_stale(visit.ticket)) from conflict

    return _try(request, visit, act, done=_("The request is open again; we are on it."), typed=typed)


@by_post
def rate(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say how it went."""
    mark = request.POST.get("mark", "")
    said = Rated(visit.person.pk, int(mark) if mark in MARKS else 0, request.POST.get("words", "").replace("\x00", ""))
    try:
        rating.rate(
            visit.ticket, person=visit.person, mark=said.mark, words=said.words, actor=visit.actor,
            source="link" if visit.by_link else "portal",
        )  # fmt: skip
    except Refused as refused:
        return show(request, visit, refused=refused, rated=said)
    messages.success(request, _("Thank you for telling us."))
    return HttpResponseRedirect(visit.base)


def marks() -> list[tuple[int, str]]:
    """Return the marks that can be given, with what each means."""
    words = (_("very bad"), _("bad"), _("so-so"), _("good"), _("very good"))
    return list(enumerate(words, start=WORST))


def state_in_words(ticket: Ticket) -> str:
    """Return, in plain words, where the ticket stands and whose turn it is."""
    match ticket.status:
        case Status.NEW:
            return _("We have received your request. A technician will look at it.")
        case Status.IN_PROGRESS if ticket.assignee is not None:
            return _("%(name)s is working on it.") % {"name": ticket.assignee.name}
        case Status.IN_PROGRESS:
            return _("Our team is working on it.")
        case Status.WAITING if ticket.pending_reason == "requester":
            return _("We are waiting for your answer.")
        case Status.WAITING if ticket.pending_reason == APPROVAL:
            return _("The request waits for an approval.")
        case Status.WAITING:
            return _("The request is on hold; we will come back to it.")
        case Status.RESOLVED:
            return _("It is solved, as far as we can see. Is it for you?")
        case _ if ticket.merged_into_id is not None:
            return _("This request is part of another one.")
        case _:
            return _("This request is closed.")


def state_for(ticket: Ticket, person_id: int) -> str:
    """Return it for this person, who may be somebody else than whose turn it is."""
    if not ticket.concerns(person_id):
        if ticket.status == Status.NEW:
            return _("We have received the request. A technician will look at it.")
        if ticket.status == Status.WAITING and ticket.pending_reason == "requester":
            return _("We are waiting for the answer of %(name)s.") % {"name": ticket.requester.name}
        if ticket.status == Status.RESOLVED:
            return _("Solved, as far as we can see; %(name)s has not confirmed it yet.") % {
                "name": ticket.requester.name
            }
    return state_in_words(ticket)


def _follow_up(visit: Visit, text: str, files: list[FileRef], once: str | None) -> None:
    if not text and not files:
        raise Refused(_("Write a message or attach a file."), field="text")
    follow_up(
        visit.ticket, text=text or _("(see the file)"), channel=Channel.PORTAL, requester=visit.person, attachments=files,
        actor=visit.actor, once=once,
    )  # fmt: skip


def _told_of_follow_up() -> str:
    return _("This request was closed long ago, so your message has opened a new one. We are on it, and write to you.")


def _did(visit: Visit, kind: str, *, text: str = "") -> bool:
    """Tell whether the newest entry is just what is asked for: the same form came twice."""
    newest: Any = visit.ticket.timeline().order_by("-number").first()
    said = getattr(newest.event, "text", "")
    return newest.kind == kind and newest.actor_person_id == visit.person.pk and said == text


def _stale(ticket: Ticket) -> str:
    """Return where the ticket stands, for whoever confirms or reopens what is no longer resolved."""
    ticket.refresh_from_db()
    if ticket.status == Status.CLOSED:
        return _("This request is closed already: there is nothing left to confirm.")
    return _("This request is open again already. %(state)s") % {"state": state_in_words(ticket)}


def _try(
    request: HttpRequest,
    visit: Visit,
    act: Callable[[], Any],
    *,
    done: str,
    typed: str = "",
    files: ChosenFiles | None = None,
) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return show(request, visit, refused=refused, typed=typed, files=files)
    messages.success(request, done)
    return HttpResponseRedirect(visit.base)


def _shown(line: Line, visit: Visit) -> dict[str, Any]:
    """Return a line for the template: its HTML clean, its files with their addresses."""
    files = [(each, f"{visit.base}attachments/{each.pk}/{each.name}") for each in line.attachments]
    inline = {each.content_id: url for each, url in files if each.content_id}
    clean = (
        safe_html(line.html, allow_remote_images=False, cid_urls=inline).html if line.html else text_to_html(line.text)
    )
    return {
        "line": line,
        "html": clean,
        "files": [(each, url) for each, url in files if not (line.html and each.is_inline)],
    }
