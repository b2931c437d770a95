"""The answers to a ticket's form: shown beside it, changed by the desk."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.agent.tickets import verb
from entraide.core.events import Conflict, Refused
from entraide.forms.asking import typed_from
from entraide.tickets.filling import fill
from entraide.tickets.form_of import form_for
from entraide.tickets.form_page import VERSION, asked_on_page, sent_answers, typed_of
from entraide.tickets.form_words import answers_of
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names


@verb
def form_answers(request: Any, found: Ticket) -> None:
    """Fill in the form, or change what was answered."""
    version = form_for(found)
    if version is None:
        raise Conflict(_("The category of this ticket asks nothing any more."))
    answers = sent_answers(
        request.POST, version, organisation_id=found.organisation_id, audience="desk", before=found.answers
    )
    fill(found, version=version, answers=answers, seen=_seen(request), actor=request.actor, once=request.sent.once)


def answers_panel(request: Any, found: Ticket, *, box: str = "", refused: Refused | None = None) -> dict[str, Any]:
    """Return what was answered and, while somebody changes it, what is asked."""
    version = form_for(found)
    shown = answers_of(found, names=Names(), language=get_language() or "fr")
    form = version or found.form_version
    mended = refused if box == "form_answers" else None
    panel: dict[str, Any] = {
        "answers": shown,
        "answers_form": version,
        "answers_refused": mended,
        "answers_asked": None,
        "answers_title": form.form.name if form else "",
    }
    if version is None or not (mended or request.GET.get("answers") == "edit"):
        return panel
    typed = (
        typed_from(request.POST) if mended else typed_of(version, found.answers, organisation_id=found.organisation_id)
    )
    panel["answers_asked"] = asked_on_page(
        version, organisation_id=found.organisation_id, audience="desk", typed=typed, refused=mended, offers_people=True
    )
    # After a conflict, what stands now is what was seen: whoever saves again has been told.
    panel["answers_seen"] = json.dumps(found.answers)
    panel["version_name"] = VERSION
    return panel


def _seen(request: Any) -> dict[str, Any]:
    """Return the answers that one saw before changing them."""
    try:
        seen = json.loads(request.POST.get("seen_answers", ""))
    except ValueError:
        seen = None
    if not isinstance(seen, dict):
        raise Refused(_("This page is incomplete: load it again, then change the answers."))
    return seen
