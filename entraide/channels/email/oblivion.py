"""Mail forgets what a timeline forgets: what came in, as it came in, and what was sent of it."""

from __future__ import annotations

import email
import email.policy
from typing import Any

from django.db.models import QuerySet

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.core.clock import now
from entraide.core.events import ERASED
from entraide.core.oblivion import Oblivion, forgets
from entraide.tickets.forgetting import words_in


@forgets
def forget_mails(oblivion: Oblivion) -> None:
    """Drop the originals in which it stands, and take it out of what was or is to be sent."""
    came = IncomingMail.objects.filter(ticket=oblivion.story.pk).exclude(raw=b"")
    if oblivion.is_whole or oblivion.has_files:
        # An original repeats its files and what it quotes: part of it cannot be kept.
        drop_originals(came.filter(entry__in=oblivion.entry_ids), with_sender=oblivion.is_whole)
    if not oblivion.is_whole:
        # A later mail may quote what went from an earlier one.
        keys = [mail.pk for mail in came.iterator(chunk_size=20) if _stands_in(bytes(mail.raw), oblivion)]
        drop_originals(IncomingMail.objects.filter(pk__in=keys))
    sent = OutgoingMail.objects.filter(ticket=oblivion.story.pk)
    for mail in sent.filter(entry__in=oblivion.entry_ids) if oblivion.is_whole else sent:
        _mend(mail, oblivion)


def drop_originals(mails: QuerySet[IncomingMail], *, with_sender: bool = False) -> int:
    """Empty these messages and keep that they came (and where they went); return how many. Of a sender nothing stays, if asked."""
    emptied: dict[str, Any] = {"raw": b"", "erased_at": now()}
    if with_sender:
        emptied |= {"sender": "", "subject": ERASED, "envelope_from": "", "envelope_to": [], "copied_to": []}
    return mails.update(**emptied)


def forget_sent(mails: QuerySet[OutgoingMail], *, with_recipient: bool = False) -> int:
    """Empty mails that have been sent or given up and keep that they went; return how many."""
    emptied: dict[str, Any] = {"subject": ERASED, "text": "", "html": ""}
    count = 0
    for mail in mails.only("pk", "key").iterator(chunk_size=500):
        if with_recipient:
            # The key of a mail names its address: under another one it is still the only one.
            emptied |= {"recipient": ERASED, "cc": [], "key": f"erased:{mail.pk}"}
        count += OutgoingMail.objects.filter(pk=mail.pk).update(**emptied)
    return count


def _stands_in(raw: bytes, oblivion: Oblivion) -> bool:
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    try:
        subject = str(letter["subject"] or "")
        texts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    except (LookupError, ValueError):
        # It cannot be read for sure: then it is not kept either.
        return True
    return any(oblivion.finds(each) or oblivion.finds(words_in(each)) for each in [subject, *map(str, texts)])


def _mend(mail: OutgoingMail, oblivion: Oblivion) -> None:
    text, subject = oblivion.mend(mail.text), oblivion.mend(mail.subject)
    if oblivion.is_whole:
        html = ""
    else:
        html = oblivion.mend(mail.html)
        if oblivion.finds(words_in(html)):
            html = ""
    if (text, subject, html) != (mail.text, mail.subject, mail.html):
        mail.text, mail.subject, mail.html = text, subject, html
        mail.save(update_fields=["text", "subject", "html"])
