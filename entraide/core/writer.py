"""The one writer: permission, lock, check, effect, clocks, tenancy, save, entry, jobs, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entraide.core import live
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.events import Event, Moment, NotAllowed, Refused
from entraide.core.owned import OtherOrganisation
from entraide.core.reactions import defer_reactions, is_history
from entraide.core.scope import current_scope
from entraide.core.story import Entry, Story, writing

S = TypeVar("S", bound=Story)


def record(subject: Story, event: Event, *, actor: Actor, once: str | None = None) -> Entry:
    """Make `event` happen to `subject` and return the entry written.

    `subject` is brought up to date in place. With `once`, a second call with the same key
    returns the first one's entry and changes nothing. Raises NotAllowed, Refused or Conflict
    (nothing is changed), OtherOrganisation when the rows of two organisations would be mixed.
    """
    if once is not None and (earlier := _earlier(subject, once)) is not None:
        return earlier
    try:
        with transaction.atomic():
            return _record(subject, event, actor=actor, once=once)
    except IntegrityError:
        # Two deliveries of one thing raced to the same key; the other one won.
        if once is not None and (earlier := _earlier(subject, once)) is not None:
            return earlier
        raise


def restore(subject: Story) -> list[str]:
    """Bring the row of a story back to what its timeline says; return the columns that differed.

    For what an operator repairs, and for columns that are newer than the story. Nothing happens to it: no entry is written.
    """
    with transaction.atomic():
        story = _locked(subject)
        told = story.replayed().columns()
        different = [name for name, value in story.columns().items() if value != told[name]]
        for name in different:
            setattr(story, name, told[name])
        if different:
            with _recording():
                story.save(update_fields=different)
        _bring_up_to_date(subject, story)
    return different


def rewrite(entry: Entry, event: Event) -> None:
    """Keep `event` in the place of what this entry told: the same fact with fewer words.

    The one way in which the past changes, for what must not be kept (a password in a mail, what an erased person wrote). The caller
    records that it happened, in the same transaction, and restores the story. Raises ValueError for another fact.
    """
    if event.kind != entry.kind:
        raise ValueError(f"{entry.kind} cannot become {event.kind}: a rewritten entry tells the same fact.")
    entry.data = event.as_data()
    with _recording():
        entry.save(update_fields=["data"])


def _record(subject: Story, event: Event, *, actor: Actor, once: str | None) -> Entry:
    is_new = subject._state.adding
    story = subject if is_new else _locked(subject)
    if once is not None and not is_new and (earlier := _earlier(subject, once)) is not None:
        return earlier
    moment = Moment(at=now(), actor=actor, number=story.version + 1)
    before = {} if is_new else story.columns()
    if is_new:
        event.check(story, actor)
        event.apply(story, moment)
        _require_right(story, event, actor)
    else:
        _require_right(story, event, actor)
        story.admit(event)
        event.check(story, actor)
        event.apply(story, moment)
    story.version = moment.number
    story.after(event, moment, before)
    with _recording():
        if is_new:
            story.save(force_insert=True)
        else:
            changed = [name for name, value in story.columns().items() if value != before[name]]
            story.save(update_fields=changed)
        entry = _write_entry(story, event, moment, once)
        event.saved(story, entry)
        story.keep()
    if not is_history():
        defer_reactions(entry)
        live.announce(entry)
    reach("recorded")
    if story is not subject:
        _bring_up_to_date(subject, story)
    return entry


def _locked(subject: Story) -> Story:
    # In no order: there is one, and what orders stories is work for nothing, at each event.
    story = next(iter(type(subject).objects.select_for_update(of=("self",)).filter(pk=subject.pk).order_by()), None)
    if story is None:
        scope = current_scope()
        raise OtherOrganisation(f"{subject!r} is not within the scope ({scope.reason}).")
    return story


def _require_right(story: Story, event: Event, actor: Actor) -> None:
    if not actor.may(event.right, story) or story.is_closed_to(actor):
        raise NotAllowed(_("You do not have the right to do this here."))


def _write_entry(story: Story, event: Event, moment: Moment, once: str | None) -> Entry:
    model = type(story).entry_model
    entry = model(
        organisation_id=story.organisation_id,
        number=moment.number,
        kind=event.kind,
        data=event.as_data(),
        is_public=event.is_public(),
        at=moment.at,
        actor_kind=moment.actor.kind,
        actor_person_id=moment.actor.person_id,
        actor_label=moment.actor.label,
        once=once,
        **{model.story_field: story},
    )
    entry.save(force_insert=True)
    return entry


def _earlier(subject: Story, once: str) -> Entry | None:
    entry: Entry | None = type(subject).entry_model.objects.filter(once=once).first()
    return entry


def _bring_up_to_date(subject: Any, story: Any) -> None:
    for field in story._meta.concrete_fields:
        if getattr(subject, field.attname) != getattr(story, field.attname):
            setattr(subject, field.attname, getattr(story, field.attname))


@contextmanager
def _recording() -> Iterator[None]:
    token = writing.set(True)
    try:
        yield
    finally:
        writing.reset(token)


__all__ = ["Refused", "record", "restore", "rewrite"]
