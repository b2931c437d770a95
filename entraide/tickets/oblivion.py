"""The rows beside the timeline of a ticket that repeat its words: they forget what it forgets."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from entraide.core.oblivion import Oblivion, forgets
from entraide.tickets.models import Approval, Approver, Attachment, FieldValue, Rating, Work


@forgets
def forget_rows(oblivion: Oblivion) -> None:
    """Take the words out of work, approvals, marks and answers; take files away where nothing of an entry stays."""
    entries, ticket = oblivion.entry_ids, oblivion.story
    if oblivion.is_whole:
        Attachment.objects.filter(entry__in=entries).delete()
    _mend(Work.objects.filter(entry__in=entries), "text", oblivion)
    _mend(Approval.objects.filter(entry__in=entries), "question", oblivion)
    _mend(Rating.objects.filter(entry__in=entries), "words", oblivion)
    people = {each.actor_person_id for each in oblivion.entries}
    _mend(Approver.objects.filter(approval__ticket=ticket.pk, person__in=people), "text", oblivion)
    if any(each.kind == "form_filled" for each in oblivion.entries):
        _mend(FieldValue.objects.filter(ticket=ticket.pk, text__isnull=False), "text", oblivion)


def _mend(rows: QuerySet[Any], column: str, oblivion: Oblivion) -> None:
    for row in rows.exclude(**{column: ""}):
        if oblivion.finds(getattr(row, column)):
            setattr(row, column, oblivion.mend(getattr(row, column)))
            row.save(update_fields=[column])
