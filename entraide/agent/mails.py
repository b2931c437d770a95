"""Mail as it came in and as it goes out, and the words that the desk sends by itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entraide.agent.access import clean, needs
from entraide.agent.paging import page
from entraide.audit.writing import Subject, write_down
from entraide.channels.email import incoming as intake
from entraide.channels.email import outgoing as outbox
from entraide.channels.email import templates as mail_templates
from entraide.channels.email.models import IncomingMail, MailTemplate, OutgoingMail
from entraide.channels.email.words import Words
from entraide.core.events import Refused
from entraide.look.files import held_answer
from entraide.tickets import queries
from entraide.tickets.seeing import note_seen
from entraide.tickets.verdicts import HeldBack, require_free_content

NEWEST = ("-pk",)
SHOWN_BYTES = 200_000


@needs("mail.see")
def incoming(request: Any) -> HttpResponse:
    """What came in, newest first; the quarantine is one of the outcomes."""
    mails = _incoming(request).defer("raw").select_related("ticket")
    outcome = request.GET.get("outcome", "")
    if outcome in IncomingMail.Outcome.values:
        mails = mails.filter(outcome=outcome)
    rows, following = page(mails, order=NEWEST, after=request.GET.get("after", ""))
    context = {
        "rows": rows,
        "next_cursor": following,
        "outcomes": IncomingMail.Outcome.choices,
        "outcome": outcome,
        "section": "incoming",
    }
    return render(request, "agent/incoming.html", context)


@needs("mail.see")
def original(request: Any, key: int) -> HttpResponse:
    """One message as it arrived: shown as text, or downloaded whole."""
    mail = _incoming(request).select_related("ticket").filter(pk=key).first()
    if mail is None or (
        mail.ticket_id
        and not queries.visible_to(request.actor).filter(pk=mail.ticket_id).exists()
        and not request.actor.may_on_anything("settings.edit")
    ):
        raise Http404
    if mail.ticket is not None:
        if mail.ticket.is_closed_to(request.actor):
            raise Http404
        note_seen(mail.ticket, mail=mail.pk)
    raw = bytes(mail.raw)
    if "download" in request.GET:
        try:
            require_free_content(raw)
        except HeldBack as held:
            return held_answer(request, held.message, is_passing=held.is_passing)
        organisation_id = mail.ticket.organisation_id if mail.ticket else None
        write_down("exported", Subject("email.incomingmail", mail.pk, mail.subject), organisation_id=organisation_id)
        answer = HttpResponse(raw, content_type="message/rfc822")
        answer["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
        return answer
    context = {
        "mail": mail,
        "text": raw[:SHOWN_BYTES].decode(errors="replace"),
        "is_cut": len(raw) > SHOWN_BYTES,
        "section": "incoming",
    }
    return render(request, "agent/original.html", context)


@require_POST
@needs("mail.see", to_write="mail.handle")
def incoming_retry(request: Any, key: int) -> HttpResponse:
    """Read a quarantined message again."""
    if not _incoming(request).filter(pk=key).exists():
        raise Http404
    intake.read_again(key)
    messages.success(request, _("The message is read again."))
    return redirect("agent:incoming")


@require_POST
@needs("mail.see", to_write="mail.handle")
def incoming_aside(request: Any, key: int) -> HttpResponse:
    """Set a quarantined message aside for good; it stays kept."""
    if not _incoming(request).filter(pk=key).exists():
        raise Http404
    _incoming(request).filter(pk=key, outcome=IncomingMail.Outcome.QUARANTINED).update(
        outcome=IncomingMail.Outcome.IGNORED, reason=_("Set aside by %(name)s") % {"name": request.person.name}
    )
    messages.success(request, _("The message was set aside; it stays here."))
    return redirect("agent:incoming")


@needs("mail.see")
def outgoing(request: Any) -> HttpResponse:
    """What goes out, newest first."""
    open_to = Q(ticket=None) | queries.open_to(request.actor, "ticket__")
    mails = OutgoingMail.objects.filter(open_to).select_related("ticket")
    state = request.GET.get("state", "")
    if state in OutgoingMail.State.values:
        mails = mails.filter(state=state)
    rows, following = page(mails, order=NEWEST, after=request.GET.get("after", ""))
    context = {
        "rows": rows,
        "next_cursor": following,
        "states": OutgoingMail.State.choices,
        "state": state,
        "section": "outgoing",
    }
    return render(request, "agent/outgoing.html", context)


@require_POST
@needs("mail.see", to_write="mail.handle")
def outgoing_retry(request: Any, key: int) -> HttpResponse:
    """Send a mail again that failed."""
    if not OutgoingMail.objects.filter(pk=key).exists():
        raise Http404
    outbox.retry(key)
    messages.success(request, _("The mail is tried again."))
    return redirect("agent:outgoing")


@needs("settings.edit")
def templates(request: Any) -> HttpResponse:
    """The mails that the desk sends, in each language."""
    own = set(MailTemplate.objects.values_list("code", "language"))
    languages = [code for code, _name in settings.LANGUAGES]
    rows = [(code, [(language, (code, language) in own) for language in languages]) for code in mail_templates.codes()]
    return render(request, "agent/templates.html", {"rows": rows, "section": "templates"})


@needs("settings.edit")
def template(request: Any, code: str, language: str) -> HttpResponse:
    """One mail: its words, and how it looks."""
    if code not in mail_templates.codes() or language not in dict(settings.LANGUAGES):
        raise Http404
    words, refused = mail_templates.words_for(code, language), None
    if request.method == "POST":
        words = Words(clean(request.POST.get("subject", "")), clean(request.POST.get("body", "")).replace("\r\n", "\n"))
        try:
            if "reset" in request.POST:
                mail_templates.reset_template(code, language)
                return redirect("agent:template", code=code, language=language)
            if "save" in request.POST:
                mail_templates.save_template(code, language, subject=words.subject, body=words.body)
                messages.success(request, _("Saved."))
                return redirect("agent:template", code=code, language=language)
        except Refused as error:
            refused = error
    preview = mail_templates.render_preview(code, language, words)
    context = {
        "code": code,
        "language": language,
        "words": words,
        "refused": refused,
        "preview": preview,
        "placeholders": mail_templates.PLACEHOLDERS,
        "section": "templates",
    }
    return render(request, "agent/template.html", context, status=422 if refused else 200)


@needs("settings.edit")
def template_preview(request: Any, code: str, language: str) -> HttpResponse:
    """The HTML of a mail as it is saved now, alone in a frame: mails carry their own styles."""
    if code not in mail_templates.codes() or language not in dict(settings.LANGUAGES):
        raise Http404
    answer = HttpResponse(mail_templates.render_preview(code, language).html)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return answer


def _incoming(request: Any) -> QuerySet[IncomingMail]:
    """Return the mails that this person may see: all, or those of the organisations they work for.

    A mail that nobody could read yet belongs to no organisation: only who works for all of them sees it.
    """
    organisations = request.reach.organisations
    mails = IncomingMail.objects.filter(Q(ticket=None) | queries.open_to(request.actor, "ticket__"))
    return mails if organisations is None else mails.filter(ticket__organisation_id__in=organisations)
