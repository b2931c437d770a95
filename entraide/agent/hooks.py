"""Webhooks and chats: who elsewhere is told what, how that went, and sending it again. For who keeps the whole desk's settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from entraide.agent.access import needs, typed_number
from entraide.agent.agreement_places import reached_organisations
from entraide.agent.agreements import edits_all
from entraide.agent.desk_settings import SECTIONS
from entraide.agent.hook_forms import FORMS, EndpointForm, name_taken
from entraide.agent.hook_words import kind_name
from entraide.agent.paging import page
from entraide.channels.hooks import delivering, keeping
from entraide.channels.hooks.models import Delivery, Endpoint, Transport
from entraide.channels.hooks.notices import notices
from entraide.core.clock import now
from entraide.core.secrets import SecretLost, conceal, reveal
from entraide.people.models import Organisation, Team

NEWEST = ("-pk",)
FAILED = (Delivery.State.FAILING, Delivery.State.GIVEN_UP)
# A message that was queued so lately is on its way: the page looks again by itself.
SOON = timedelta(minutes=1)
PERIODS = ((1, gettext_lazy("the past hour")), (24, gettext_lazy("the past day")), (168, gettext_lazy("the past week")), (720, gettext_lazy("the past 30 days")))  # fmt: skip
SHOWN_ONCE = "hook_secret"


@require_safe
@needs("settings.edit")
def hooks(request: Any) -> HttpResponse:
    """All endpoints: what each is told, and whether it arrives."""
    _require_all(request)
    found = Endpoint.objects.annotate(failed=Count("deliveries", filter=Q(deliveries__state__in=FAILED)))
    names = dict(Organisation.objects.values_list("pk", "name"))
    teams = dict(Team.objects.values_list("pk", "name"))
    rows = [
        {
            "endpoint": each,
            "place": keeping.place_of(each),
            "kinds": _kinds(each),
            "organisations": [names.get(key, f"#{key}") for key in each.organisation_ids],
            "teams": [teams.get(key, f"#{key}") for key in each.team_ids],
        }
        for each in found
    ]
    return render(request, "agent/hooks.html", {"rows": rows, **_frame()})


@require_safe
@needs("settings.edit")
def hook(request: Any, key: int) -> HttpResponse:
    """One endpoint: how it does, what was sent there, and its secret once after it was made."""
    found = _find(request, key)
    deliveries = Delivery.objects.filter(endpoint=found).select_related("entry__ticket")
    state = request.GET.get("state", "")
    if state in Delivery.State.values:
        deliveries = deliveries.filter(state=state)
    rows, following = page(deliveries, order=NEWEST, after=request.GET.get("after", ""))
    context = {
        "endpoint": found,
        "place": keeping.place_of(found),
        "secret": _shown_once(request, found),
        "old_secret_holds": found.old_secret_until is not None and found.old_secret_until > now(),
        "rows": rows,
        "next_cursor": following,
        "states": Delivery.State.choices,
        "state": state,
        "failed": Delivery.objects.filter(endpoint=found, state__in=FAILED).count(),
        "periods": PERIODS,
        "is_moving": any(_is_moving(row) for row in rows),
        **_frame(),
    }
    template = "agent/hook.html#log" if request.htmx else "agent/hook.html"
    return render(request, template, context)


@needs("settings.edit")
def fields(request: Any, key: int | None = None, transport: str = Transport.WEBHOOK) -> HttpResponse:
    """The form of an endpoint; `delete` removes it with all that was sent there."""
    _require_all(request)
    known = _find(request, key) if key is not None else None
    chosen = FORMS[known.transport if known else transport]
    form = chosen(request.POST or None, known=known, organisations=reached_organisations(request))
    if request.method == "POST" and "delete" in request.POST and known is not None:
        known.delete()
        messages.success(request, _("Deleted."))
        return redirect("agent:hooks")
    if request.method == "POST" and form.is_valid() and (saved := _save(request, known, form)) is not None:
        messages.success(request, _("Saved."))
        return redirect("agent:hook", key=saved.pk)
    context = {"known": known, "form": form, **_frame()}
    return render(request, "agent/hook_fields.html", context, status=422 if form.errors else 200)


@require_POST
@needs("settings.edit")
def secret(request: Any, key: int) -> HttpResponse:
    """Another secret, shown once; `drop` lets the one before sign no longer."""
    found = _find(request, key)
    if found.transport != Transport.WEBHOOK:
        raise Http404
    if "drop" in request.POST:
        keeping.drop_old_secret(found)
        messages.success(request, _("The old secret signs no longer."))
    else:
        _show_once(request, found, keeping.renew_secret(found))
    return redirect("agent:hook", key=key)


@require_POST
@needs("settings.edit")
def tests(request: Any, key: int) -> HttpResponse:
    """A message about nothing, to see whether it arrives."""
    delivering.send_test(_find(request, key), by=request.person)
    return redirect("agent:hook", key=key)


@require_POST
@needs("settings.edit")
def replays(request: Any, key: int) -> HttpResponse:
    """Send again: one delivery, or all that failed in the past `hours`."""
    found = _find(request, key)
    if "delivery" in request.POST:
        chosen = Delivery.objects.filter(endpoint=found, pk=typed_number(request.POST["delivery"]) or 0).first()
        if chosen is None:
            raise Http404
        delivering.replay(chosen)
        messages.success(request, _("It is sent again."))
    else:
        hours = typed_number(request.POST.get("hours"))
        if hours not in dict(PERIODS):
            raise Http404
        count = delivering.replay_failed(found, since=now() - timedelta(hours=hours or 0))
        words = ngettext("%(n)d delivery is sent again.", "%(n)d deliveries are sent again.", count) % {"n": count}
        messages.success(request, words)
    return redirect("agent:hook", key=key)


def _require_all(request: Any) -> None:
    """Raise Http404 unless this person keeps the settings of every organisation: an endpoint may be told of them all."""
    if not edits_all(request):
        raise Http404


def _find(request: Any, key: int) -> Endpoint:
    _require_all(request)
    found = Endpoint.objects.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found


def _frame() -> dict[str, Any]:
    return {"sections": SECTIONS, "chosen": {"code": "hooks", "name": _("Webhooks and chats")}}


def _save(request: Any, known: Endpoint | None, form: EndpointForm) -> Endpoint | None:
    try:
        with transaction.atomic():
            if known is not None:
                keeping.change(known, form.address_of(), **form.fields_of())
                return known
            made, its_secret = keeping.register(form.address_of(), transport=form.transport, **form.fields_of())
    except IntegrityError:
        # Somebody took the name between the check and the writing.
        form.add_error("name", name_taken())
        return None
    except SecretLost:
        form.add_error("address", _("The address cannot be read: enter it again."))
        return None
    if its_secret:
        _show_once(request, made, its_secret)
    return made


def _kinds(endpoint: Endpoint) -> list[str]:
    if endpoint.transport == Transport.CHAT:
        return [str(notices.get(kind).name) if kind in notices else kind for kind in endpoint.kinds]
    return [kind_name(kind) for kind in endpoint.kinds]


def _is_moving(delivery: Delivery) -> bool:
    return delivery.next_attempt_at is not None and delivery.next_attempt_at <= now() + SOON


def _show_once(request: Any, endpoint: Endpoint, its_secret: str) -> None:
    # Encrypted on its way to the next page: sessions are kept in the database.
    request.session[SHOWN_ONCE] = [endpoint.pk, conceal(its_secret, purpose=SHOWN_ONCE)]


def _shown_once(request: Any, endpoint: Endpoint) -> str:
    kept = request.session.get(SHOWN_ONCE)
    if not kept or kept[0] != endpoint.pk or request.htmx:
        return ""
    del request.session[SHOWN_ONCE]
    return reveal(kept[1], purpose=SHOWN_ONCE)
