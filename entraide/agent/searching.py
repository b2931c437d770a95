"""What is offered while one types into the search field."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse, JsonResponse

from entraide.agent.access import clean, needs
from entraide.tickets.asked_completing import complete


@needs("ticket.see")
def completions(request: Any) -> HttpResponse:
    """What the text before the cursor (`q`) could become."""
    found = complete(clean(request.GET.get("q", "")), actor=request.actor)
    answer = JsonResponse({"found": [asdict(each) for each in found]})
    answer["Cache-Control"] = "no-store"
    return answer
