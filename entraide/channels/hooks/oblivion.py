"""Messages to other programs forget what a timeline forgets: they are written anew from the entry as it stands."""

from __future__ import annotations

from entraide.channels.hooks.models import Delivery
from entraide.channels.hooks.transports import way_to
from entraide.core.oblivion import Oblivion, forgets


@forgets
def forget_deliveries(oblivion: Oblivion) -> None:
    """Write what is still to be sent, or could be sent again, without the words that went; drop what was answered."""
    for delivery in Delivery.objects.filter(entry__in=oblivion.entry_ids).select_related("endpoint", "entry__ticket"):
        assert delivery.entry is not None
        delivery.body = way_to(delivery.endpoint).message_of(delivery.entry, delivery.endpoint).body
        delivery.answer = ""
        delivery.save(update_fields=["body", "answer"])
