"""Sending with a macro from the reply box, and what the box shows of it when the sending was refused."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.access import clean, typed_number
from entraide.agent.macros import panel_of
from entraide.core.events import Refused
from entraide.routines.applying import apply
from entraide.routines.models import Macro
from entraide.routines.reach import usable
from entraide.tickets.models import Ticket


def sent_with_macro(request: Any, found: Ticket, *, writes: str) -> bool:
    """Send what is written, together with what the chosen macro does; return False where none was chosen."""
    if not request.POST.get("macro"):
        return False
    macro = _chosen(request)
    if macro is None or macro.writes != writes:
        raise Refused(_("This macro is no longer what you chose. Choose it again, or send your words without it."))
    apply(
        macro, found, text=clean(request.POST.get("text", "")).strip(), files=request.sent.files,
        seen=typed_number(request.POST.get("seen")), shown=request.POST.get("macro_shown", ""), actor=request.actor,
        once=request.sent.once,
    )  # fmt: skip
    return True


def macro_panel(request: Any, found: Ticket, *, box: str, refused: Refused | None) -> dict[str, Any]:
    """Return whether macros are at hand here and, after a refusal, the chosen one as it would act now."""
    may = request.actor.may_on_anything("macro.use")
    macro = _chosen(request) if may and refused is not None and request.POST.get("macro") else None
    expected = {"replies": Macro.Writes.REPLY, "notes": Macro.Writes.NOTE}.get(box)
    if macro is None or macro.writes != expected:
        return {"may_macros": may, "macro_in": ""}
    return {"may_macros": may, "macro_in": box, **panel_of(request, macro, found)}


def _chosen(request: Any) -> Macro | None:
    key = typed_number(request.POST.get("macro")) or 0
    return usable(Macro.objects.filter(is_active=True, pk=key), request.actor).first()
