"""Whom a note can name: offered while one types an @, and set off where the note is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse

from entraide.agent.access import clean, needs
from entraide.tickets import queries
from entraide.tickets.mentioning import nameable_in, offered_for

_TAG_OR_TEXT = re.compile(r"""(<(?:"[^"]*"|'[^']*'|[^'">])*>)""")


@needs("ticket.see")
def mentions(request: Any, number: int) -> HttpResponse:
    """What stands behind an @ (`q`) could become."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    if ticket is None or not request.actor.may("ticket.see_internal", ticket):
        raise Http404
    others = [each for each in nameable_in(ticket) if each.is_team or request.person.pk not in each.person_ids]
    found = offered_for(clean(request.GET.get("q", ""))[:80], others)
    answer = JsonResponse(
        {"found": [{"name": each.name, "says": each.says, "is_team": each.is_team} for each in found]}
    )
    answer["Cache-Control"] = "no-store"
    return answer


def with_mentions(html: str, words: Iterable[str]) -> str:
    """Return safe HTML in whose text the names that a note mentions are set off."""
    names = sorted((escape(each) for each in words), key=len, reverse=True)
    if not names:
        return html
    named = re.compile(rf"(?<![\w.+@-])@(?:{'|'.join(map(re.escape, names))})(?![\w@]|-\w)")
    parts = _TAG_OR_TEXT.split(html)
    parts[::2] = (named.sub(r'<span class="mention">\g<0></span>', each) for each in parts[::2])
    return "".join(parts)
