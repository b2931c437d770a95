"""Stories: rows whose every change is an entry in a timeline, and which refuse to be written otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn

from django.db import models

from entraide.core.actor import Actor
from entraide.core.events import Event, Moment, event_from
from entraide.core.owned import M, Owned, OwnedQuerySet

# Set by core.writer alone, around its own save.
writing: ContextVar[bool] = ContextVar("entraide_writing", default=False)


class OneWriterOnly(RuntimeError):
    """Somebody tried to write a story without recording an event."""


def refuse_unless_recording(what: str) -> None:
    if not writing.get():
        raise OneWriterOnly(f"{what}: only record() writes stories. Call a verb in actions.py instead.")


class StoryQuerySet(OwnedQuerySet[M]):
    def update(self, **kwargs: Any) -> int:
        refuse_unless_recording(f"{self.model.__name__}.objects.update()")
        return super().update(**kwargs)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        refuse_unless_recording(f"{self.model.__name__}.objects.bulk_create()")
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        refuse_unless_recording(f"{self.model.__name__}.objects.bulk_update()")
        return super().bulk_update(objs, fields, batch_size)

    def delete(self) -> tuple[int, dict[str, int]]:
        refuse_unless_recording(f"{self.model.__name__}.objects.delete()")
        return super().delete()

    def _raw_delete(self, using: Any) -> int:
        refuse_unless_recording(f"{self.model.__name__}.objects._raw_delete()")
        deleted: int = super()._raw_delete(using)
        return deleted


class Recorded(Owned):
    """What both a story and its entries have in common: only record() saves them."""

    objects: ClassVar[Any] = StoryQuerySet.as_manager()

    class Meta(Owned.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        refuse_unless_recording(f"{type(self).__name__}.save()")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OneWriterOnly(f"{type(self).__name__}.delete(): what happened stays in the timeline.")


class Entry(Recorded):
    """One immutable fact in the life of a story.

    `number` counts from 1 within the story. `once` is the key under which something that may
    arrive twice (a mail, a retried job) is written once.
    """

    across: ClassVar[dict[str, str]] = {"actor_person": "technicians act on their clients' stories"}
    story_field: ClassVar[str]

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    is_public = models.BooleanField(default=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor_label = models.CharField(max_length=60, blank=True)
    once = models.CharField(max_length=200, null=True, blank=True, unique=True)

    class Meta(Recorded.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def event(self) -> Event:
        """The typed event that this entry keeps."""
        return event_from(self.kind, self.data)

    @property
    def story(self) -> Story:
        story: Story = getattr(self, self.story_field)
        return story

    def moment(self) -> Moment:
        kind: Any = self.actor_kind
        return Moment(self.at, Actor(kind, self.actor_person_id, self.actor_label), self.number)


class Story(Recorded):
    """A thing with a timeline. `version` is the number of its newest entry."""

    entry_model: ClassVar[type[Entry]]

    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta(Recorded.Meta):
        abstract = True

    def concerns(self, person_id: int) -> bool:
        """Tell whether this story is that person's own."""
        return False

    def is_closed_to(self, actor: Actor) -> bool:
        """Tell whether this actor may do nothing here, whatever rights they hold elsewhere."""
        return False

    def admit(self, event: Event) -> None:
        """Raise Refused when this event cannot happen to the story as it stands, whatever the event itself says."""

    def after(self, event: Event, moment: Moment, before: Mapping[str, Any]) -> None:
        """Bring along what follows from an event (the clocks); `before` has the columns as they were, none for a new story."""

    def keep(self) -> None:
        """Write the rows that `after` brought along; called in the transaction of the event."""

    def timeline(self) -> models.QuerySet[Any]:
        return self.entry_model.objects.filter(**{self.entry_model.story_field: self}).order_by("number")

    def columns(self) -> dict[str, Any]:
        """Return every stored column but the key, by name."""
        return {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key and not field.generated
        }

    def replayed(self) -> Story:
        """Return this story as its timeline alone tells it: a fresh object, nothing read from its row."""
        fresh = type(self)()
        fresh.pk = self.pk
        for _entry, _before in self.retold(fresh):
            pass
        return fresh

    def retold(self, fresh: Story) -> Iterator[tuple[Entry, dict[str, Any]]]:
        """Let each entry happen again to `fresh`; after each, give it and the columns as they were before it, none before the first."""
        before: dict[str, Any] = {}
        for entry in self.timeline():
            moment = entry.moment()
            event = entry.event
            event.apply(fresh, moment)
            fresh.version = moment.number
            fresh.after(event, moment, before)
            yield entry, before
            before = fresh.columns()
