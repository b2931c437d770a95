"""Saved views: made from the list that one sees, changed by looking at another one, kept in order on a page of their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post
from entraide.agent.list_looks import look_of
from entraide.agent.saved import LONGEST, asks
from entraide.agent.saved_forms import SavedViewEditor, SavedViewForm
from entraide.agent.saved_words import Names
from entraide.core.clock import now
from entraide.routines.models import SavedView
from entraide.routines.reach import may_change, visible


@needs("ticket.see")
def saved_views(request: Any) -> HttpResponse:
    """All that one may look at; a POST saves the list that one came from (`asks`, its address) as a new one."""
    if request.method == "POST":
        return _save(request)
    found = list(visible(SavedView.objects.select_related("team", "owner", "changed_by"), request.actor))
    names = Names(found)
    rows = [(each, names.words(each.asks), may_change(each, request.actor)) for each in found]
    return render(request, "agent/saved_views.html", {"rows": rows})


@needs("ticket.see")
def saved_view(request: Any, key: int) -> HttpResponse:
    """One saved view: its name, for whom it is, its columns; `delete` removes it."""
    known = _visible(request, key)
    may = may_change(known, request.actor)
    if request.method == "POST" and not may:
        return render(request, "look/error.html", {"status": 403}, status=403)
    if request.method == "POST" and "delete" in request.POST:
        known.delete()
        messages.success(request, _("Deleted."))
        return redirect("agent:saved-views")
    form = SavedViewEditor(request.POST if request.method == "POST" else None, instance=known, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        form.keep(request.person)
        messages.success(request, _("Saved."))
        return redirect("agent:saved-views")
    context = {"form": form, "known": known, "may_edit": may, "words": Names([known]).words(known.asks)}
    return render(request, "agent/saved_view.html", context, status=422 if form.errors else 200)


@needs("ticket.see")
@takes_post("agent:saved-views")
def saved_view_asks(request: Any, key: int) -> HttpResponse:
    """Let a saved view show from now on what is on the page: its filters, words, order and groups."""
    known = _visible(request, key)
    if not may_change(known, request.actor):
        return render(request, "look/error.html", {"status": 403}, status=403)
    known.asks = asks(_sent(request))
    known.changed_at, known.changed_by = now(), request.person
    known.save(update_fields=["asks", "changed_at", "changed_by"])
    messages.success(request, _("“%(name)s” shows this from now on.") % {"name": known.name})
    return _to(known)


def _save(request: Any) -> HttpResponse:
    sent = _sent(request)
    form = SavedViewForm(request.POST, instance=SavedView(asks=asks(sent)), actor=request.actor, prefix="save")
    if form.is_valid():
        if request.POST.get("with_columns"):
            form.instance.columns = list(look_of(request.person, None).codes)
        saved: Any = form.keep(request.person)
        messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
        return _to(saved)
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    # Back to the list as it was, where the form stands.
    return redirect(f"{reverse('agent:desk')}?{urlencode(list(sent.items()))}")


def _sent(request: Any) -> QueryDict:
    return QueryDict(request.POST.get("asks", "")[: LONGEST * 4])


def _to(saved: SavedView) -> HttpResponse:
    return redirect(f"{reverse('agent:desk')}?saved={saved.pk}")


def _visible(request: Any, key: int) -> SavedView:
    found = visible(SavedView.objects.filter(pk=key), request.actor).first()
    if found is None:
        raise Http404
    return found
