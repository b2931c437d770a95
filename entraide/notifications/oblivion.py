"""Notifications forget what a timeline forgets."""

from __future__ import annotations

from entraide.core.oblivion import Oblivion, forgets, through
from entraide.notifications.models import Notification


@forgets
def forget_words(oblivion: Oblivion) -> None:
    """Take the words out of what people of the desk were told of these entries; where nothing stays, the telling goes, too."""
    told = Notification.objects.filter(entry__in=oblivion.entry_ids)
    if oblivion.is_whole:
        told.delete()
        return
    for each in told:
        words = through(each.words, oblivion.mend)
        if words != each.words:
            each.words = words
            each.save(update_fields=["words"])
