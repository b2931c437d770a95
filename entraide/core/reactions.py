"""What must follow an event: one job per reaction, deferred in the event's own transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps

from entraide.core.events import Event
from entraide.core.scope import Scope, scoped
from entraide.core.story import Entry

Reaction = Callable[[Any], None]

_history_is_told: ContextVar[bool] = ContextVar("entraide_history", default=False)
_reactions: dict[str, Reaction] = {}
_by_kind: dict[str, list[str]] = defaultdict(list)
_only_when: dict[str, Callable[[], bool]] = {}


def reacts_to(*events: type[Event], when: Callable[[], bool] | None = None) -> Callable[[Reaction], Reaction]:
    """Subscribe a function to events: it is called with the entry, in a job, in the scope of its organisation.

    The job may run twice; the function must do its work once (a unique key per entry and recipient). With `when`, there is a
    job only if that is true at the event, asked in its transaction: for what listens to everything, but seldom listens at all.
    """

    def subscribe(reaction: Reaction) -> Reaction:
        name = f"{reaction.__module__}.{reaction.__qualname__}"
        _reactions[name] = reaction
        if when is not None:
            _only_when[name] = when
        for event in events:
            if name not in _by_kind[event.kind]:
                _by_kind[event.kind].append(name)
        return reaction

    return subscribe


@contextmanager
def history() -> Iterator[None]:
    """Tell the past: nothing follows from what is recorded in this block (imports, the demo)."""
    token = _history_is_told.set(True)
    try:
        yield
    finally:
        _history_is_told.reset(token)


def is_history() -> bool:
    return _history_is_told.get()


def defer_reactions(entry: Entry) -> None:
    """Queue a job for each reaction to this entry, in the current transaction."""
    from entraide.core.jobs import react

    names = [name for name in _by_kind.get(entry.kind, ()) if name not in _only_when or _only_when[name]()]
    if names:
        story = entry._meta.label
        react.batch_defer(*({"reaction": name, "story": story, "entry_id": entry.pk} for name in names))


def run_reaction(reaction: str, story: str, entry_id: int) -> None:
    """Run one reaction now. A reaction that no longer exists (an older version queued it) is passed over."""
    function = _reactions.get(reaction)
    if function is None:
        return
    model = apps.get_model(story)
    with scoped(Scope.everything(reason="a job finds its entry by its id before it knows the organisation")):
        entry = model._default_manager.select_related(model.story_field).get(pk=entry_id)
    with scoped(Scope.of(entry.organisation_id)):
        function(entry)
