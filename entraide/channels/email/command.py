"""`entraide ingest`: one raw message from standard input, for a pipe from any mail server."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from django.db import Error as DatabaseTrouble
from django.db import ProgrammingError
from django.utils.translation import gettext as _

from entraide.channels.email.addresses import support_address
from entraide.channels.email.envelope import envelope_in
from entraide.channels.email.incoming import NULL_SENDER, keep
from entraide.channels.email.letter import Letter
from entraide.channels.email.models import IncomingMail
from entraide.channels.email.parsing.sanitise import safe_html
from entraide.channels.email.processing import process
from entraide.channels.email.received_files import real_type
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped

# sysexits.h, which mail servers understand: refused for good, and "keep it and try again later".
EX_DATAERR = 65
EX_TEMPFAIL = 75

OUTCOMES = {
    IncomingMail.Outcome.TICKET: "ticket",
    IncomingMail.Outcome.FOLLOWUP: "followup",
    IncomingMail.Outcome.IGNORED: "ignored",
}


@click.command()
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Envelope recipient; may be repeated.")
@click.option("--from", "sender", metavar="ADDRESS", default=None, help="Envelope sender; '' for a bounce.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one line of JSON on standard output.")
def ingest(recipients: tuple[str, ...], sender: str | None, as_json: bool) -> None:
    """Take in one raw mail from standard input.

    Without --to and --from the envelope is read from the message's own headers. The exit status is 0
    when the message was kept, 65 when it is empty, 75 when it could not be kept now (try again later).
    """
    raw = sys.stdin.buffer.read()
    try:
        noted = envelope_in(raw)
        envelope_from = noted.sender if sender is None else sender or NULL_SENDER
        envelope_to = recipients or noted.recipients or (support_address(),)
        kept = keep(raw, door="ingest", envelope_from=envelope_from, envelope_to=envelope_to)
    except Refused as refused:
        _stop(EX_DATAERR, "refused", refused.message, as_json=as_json)
    except (DatabaseTrouble, OSError) as error:
        _stop(EX_TEMPFAIL, "error", _sentence(error), as_json=as_json)
    try:
        process(kept.mail_id)
    except Exception as error:
        # It is safe: its job will read it, again and again if need be.
        click.echo(f"entraide: {type(error).__name__}: {error}", err=True)
    mail = IncomingMail.objects.select_related(None).defer("raw").get(pk=kept.mail_id)
    if as_json:
        letter = Letter.of(raw, envelope_from=mail.envelope_from, envelope_to=tuple(mail.envelope_to))
        click.echo(json.dumps(_answer(mail, letter)))
        if mail.reason:
            click.echo(f"entraide: {mail.reason}", err=True)
    else:
        click.echo(_told(mail))


def _answer(mail: IncomingMail, letter: Letter) -> dict[str, Any]:
    parsed = letter.parsed
    return {
        "outcome": OUTCOMES.get(IncomingMail.Outcome(mail.outcome), "error"),
        "ticket": _reference(mail),
        "message_id": parsed.message_id,
        "title": parsed.subject,
        "from_email": letter.author.email or None,
        "from_name": letter.author.name or None,
        "body_text": letter.new_text,
        "body_html": _safe(parsed.body_html),
        "attachments": [
            {
                "filename": file.filename,
                "mime": real_type(file.content, name=file.filename, declared=file.mime),
                "size": file.size,
                "inline": file.inline,
            }
            for file in parsed.attachments
        ],
        "auto_reply": letter.nature.may_auto_reply and mail.outcome != IncomingMail.Outcome.IGNORED,
        "is_bounce": letter.nature.is_bounce,
    }


def _told(mail: IncomingMail) -> str:
    reference = _reference(mail)
    if mail.outcome == IncomingMail.Outcome.WAITING:
        return _("The message was kept (%(id)s); it will be read by a job.") % {"id": mail.pk}
    said = f"{mail.get_outcome_display()}: {reference or mail.reason}"
    return said.rstrip(": ")


def _reference(mail: IncomingMail) -> str | None:
    with scoped(Scope.everything(reason="the operator's own command names the ticket that was made")):
        return mail.ticket.reference if mail.ticket else None


def _safe(html: str | None) -> str | None:
    return safe_html(html, allow_remote_images=False, cid_urls={}).html if html else None


def _sentence(error: Exception) -> str:
    if isinstance(error, ProgrammingError):
        return _("The message could not be kept: the database is not up to date. Run “entraide migrate”.")
    said = str(error).strip() or type(error).__name__
    return _("The message could not be kept, please try again later: %(error)s") % {"error": said.splitlines()[0]}


def _stop(status: int, outcome: str, sentence: str, *, as_json: bool) -> None:
    if as_json:
        unknown = ("ticket", "message_id", "title", "from_email", "from_name", "body_text", "body_html")
        answer: dict[str, Any] = {"outcome": outcome, **dict.fromkeys(unknown)}
        click.echo(json.dumps({**answer, "attachments": [], "auto_reply": False, "is_bounce": False}))
    click.echo(f"entraide: {sentence}", err=True)
    raise SystemExit(status)
