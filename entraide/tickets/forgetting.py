"""What must not be kept: a passage or a file taken out of a timeline, the words of a whole ticket erased. Figures stay.

Whatever else kept the same words (mails, notifications, messages to other programs) forgets them in the same transaction
(core/oblivion.py); that it happened, why and by whom stays as an entry.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import ERASED, Event, Refused
from entraide.core.oblivion import Mend, Oblivion, forget_everywhere
from entraide.core.story import Entry
from entraide.core.writer import record, restore, rewrite
from entraide.tickets.events.forgetting import Basis, FileTakenAway, PassageRedacted, WordsErased
from entraide.tickets.linking import all_locked
from entraide.tickets.merging import parts_of, whole_of
from entraide.tickets.models import Attachment, Ticket, TicketEntry

SHORTEST_PASSAGE = 3
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Place:
    """One entry in which a passage stands."""

    ticket: Ticket
    entry: TicketEntry


def places_of(ticket: Ticket, passage: str) -> list[Place]:
    """Return where a passage stands: in this ticket, the one of which it is a part, and those that are part of it.

    Spaces and line breaks may differ. Raises Refused for a passage that is too short to be found safely.
    """
    mend = without(passage)
    return [
        Place(each, entry) for each in _together(ticket) for entry in each.timeline() if _takes_from(entry.event, mend)
    ]


def redact(ticket: Ticket, *, passage: str, reason: str, actor: Actor, once: str | None = None) -> list[Entry]:
    """Take a passage out of everything that a ticket and its merged ones tell; return the entries that say so.

    Raises NotAllowed, Refused when it stands nowhere or no reason is given.
    """
    mend = without(passage)
    together = _together(ticket)
    with all_locked(*together):
        written = [
            _redact(each, mend, reason=reason, actor=actor, once=f"{once}:{each.pk}" if once else None)
            for each in together
        ]
    told = [each for each in written if each is not None]
    if not told:
        raise Refused(_("This passage does not stand here. Copy it from the message as it is shown."), field="passage")
    return told


def take_file_away(
    ticket: Ticket, *, attachment: Attachment, reason: str, actor: Actor, once: str | None = None
) -> Entry:
    """Take a file away from the entry with which it came."""
    with all_locked(ticket):
        entry = attachment.entry
        event: Any = entry.event
        told = FileTakenAway(reason.strip(), entry.number, attachment.size_bytes)
        written = record(ticket, told, actor=actor, once=once)
        if entry.attachments.filter(pk=attachment.pk).exists():
            kept = tuple(each for each in event.attachments if each.digest != attachment.digest)
            rewrite(entry, replace(event, attachments=kept))
            entry.attachments.filter(digest=attachment.digest).delete()
            # The mail that brought it has it, too.
            forget_everywhere(Oblivion(ticket, (entry,), _same, is_whole=False, has_files=True))
    return written


def erase_words(
    ticket: Ticket, *, basis: Basis, actor: Actor, entries: Collection[TicketEntry] | None = None
) -> Entry | None:
    """Erase the words of a closed ticket (or of some of its entries) and keep its figures; None when there are none left.

    Raises Refused while the ticket is open, unless only some entries are meant.
    """
    with all_locked(ticket):
        told = [each for each in (ticket.timeline() if entries is None else entries) if each.kind != WordsErased.kind]
        erased = [(each, each.event, each.event.erase()) for each in told]
        changed = [(each, after) for each, before, after in erased if before != after]
        if not changed and entries is not None:
            return None
        numbers = () if entries is None else tuple(each.number for each, _after in changed)
        written = record(ticket, WordsErased(basis, numbers), actor=actor)
        for each, after in changed:
            rewrite(each, after)
        forget_everywhere(Oblivion(ticket, tuple(told), lambda _text: ERASED, is_whole=True))
        restore(ticket)
    return written


def erase_passages(ticket: Ticket, *, passages: Collection[str], basis: Basis, actor: Actor) -> Entry | None:
    """Take these passages (names, addresses) out of a ticket that goes on; None when none of them stands there."""
    mends = [without(each) for each in passages if len("".join(each.split())) >= SHORTEST_PASSAGE]

    def mend(text: str) -> str:
        for each in mends:
            text = each(text)
        return text

    with all_locked(ticket):
        changed = _changed_by(ticket, mend)
        if not changed:
            return None
        written = record(ticket, WordsErased(basis, tuple(entry.number for entry, _after in changed)), actor=actor)
        _rewrite(ticket, changed, mend)
    return written


def without(passage: str) -> Mend:
    """Return what takes a passage out of a text, however its words are spaced and broken there. Raises Refused."""
    words = passage.split()
    if len("".join(words)) < SHORTEST_PASSAGE:
        raise Refused(
            _("Give at least %(count)d characters: less would take out more than is meant.")
            % {"count": SHORTEST_PASSAGE},
            field="passage",
        )
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    return lambda text: pattern.sub(ERASED, text)


def words_in(html: str) -> str:
    """Return the words of some HTML, without its tags: enough to find a passage in it, whatever marks it up."""
    return entities.unescape(_TAG.sub("", html))


def _redact(ticket: Ticket, mend: Mend, *, reason: str, actor: Actor, once: str | None) -> Entry | None:
    changed = _changed_by(ticket, mend)
    if not changed:
        return None
    told = PassageRedacted(mend(reason.strip()), tuple(entry.number for entry, _after in changed))
    written = record(ticket, told, actor=actor, once=once)
    _rewrite(ticket, changed, mend)
    return written


def _changed_by(ticket: Ticket, mend: Mend) -> list[tuple[TicketEntry, Event]]:
    return [
        (entry, after) for entry in ticket.timeline() if (after := _taken_from(event := entry.event, mend)) != event
    ]


def _rewrite(ticket: Ticket, changed: list[tuple[TicketEntry, Event]], mend: Mend) -> None:
    for entry, after in changed:
        rewrite(entry, after)
    forget_everywhere(Oblivion(ticket, tuple(entry for entry, _after in changed), mend, is_whole=False))
    restore(ticket)


def _takes_from(event: Event, mend: Mend) -> bool:
    return _taken_from(event, mend) != event


def _taken_from(event: Event, mend: Mend) -> Event:
    after: Any = event.mended(mend)
    before: Any = event
    html = getattr(event, "html", "")
    if html and (after.text != before.text or mend(words_in(html)) != words_in(html)):
        # Between its tags a passage hides in too many ways: the message goes on as plain text.
        after = replace(after, html="")
    return after  # type: ignore[no-any-return]


def _together(ticket: Ticket) -> list[Ticket]:
    whole = whole_of(ticket)
    return [whole, *parts_of(whole)]


def _same(text: str) -> str:
    return text
