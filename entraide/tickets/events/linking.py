"""What tickets have to do with one another: an entry on both, so that each tells its own story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.tickets.models import Ticket, reference_of
from entraide.tickets.names import Names

GENERATIONS_AT_MOST = 50


@dataclass(frozen=True)
class Relation:
    """What the other ticket is to this one; `inverse` is what this one is to the other."""

    code: str
    inverse: str
    name: str | Promise
    is_chosen: bool = True


RELATIONS = {
    each.code: each
    for each in (
        Relation("parent", "child", gettext_lazy("Parent")),
        Relation("child", "parent", gettext_lazy("Child")),
        Relation("duplicate_of", "duplicated_by", gettext_lazy("Duplicate of")),
        Relation("duplicated_by", "duplicate_of", gettext_lazy("Has the duplicate")),
        Relation("caused_by", "causes", gettext_lazy("Caused by")),
        Relation("causes", "caused_by", gettext_lazy("Causes")),
        Relation("related", "related", gettext_lazy("Related")),
        # These tell where a ticket came from: splitting and following up write them, nobody chooses them.
        Relation("split_from", "split_into", gettext_lazy("Split from"), is_chosen=False),
        Relation("split_into", "split_from", gettext_lazy("Split into"), is_chosen=False),
        Relation("follow_up_of", "followed_up_by", gettext_lazy("Follow-up of"), is_chosen=False),
        Relation("followed_up_by", "follow_up_of", gettext_lazy("Followed up by"), is_chosen=False),
    )
}


@event
@dataclass(frozen=True)
class Linked(Event):
    """The other ticket is this one's `relation` from now on. `entries`: the messages that were split off."""

    kind: ClassVar[str] = "linked"
    right: ClassVar[str] = "ticket.link"

    relation: str
    other_id: int
    other_number: int
    entries: tuple[int, ...] = ()

    def check(self, subject: Ticket, actor: Actor) -> None:
        if self.relation not in RELATIONS:
            raise Refused(_("Choose what the tickets have to do with each other."), field="relation")
        if subject.pk == self.other_id:
            raise Refused(_("A ticket cannot be linked to itself."), field="other")
        other = Ticket.objects.filter(pk=self.other_id).first()
        # The requester of one client must never learn of another client's ticket.
        if other is None or other.organisation_id != subject.organisation_id:
            raise Refused(_("Only tickets of the same organisation can be linked."), field="other")
        if any(each_id == self.other_id for _relation, each_id, _number in subject.links):
            raise Conflict(
                _("%(reference)s is linked to this ticket already. Remove that link first.")
                % {"reference": other.reference},
                field="other",
            )
        if self.relation == "parent":
            _require_no_parent(subject)
            _require_no_circle(subject, other)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.links = [*subject.links, [self.relation, self.other_id, self.other_number]]

    def describe(self, names: Names) -> str:
        words = {
            "parent": _("made %(other)s the parent of this ticket"),
            "child": _("made %(other)s a child of this ticket"),
            "duplicate_of": _("noted that this ticket is a duplicate of %(other)s"),
            "duplicated_by": _("noted that %(other)s is a duplicate of this ticket"),
            "caused_by": _("noted that %(other)s is the cause of this ticket"),
            "causes": _("noted that this ticket is the cause of %(other)s"),
            "related": _("noted that %(other)s is related to this ticket"),
            "split_from": _("split this ticket off from %(other)s"),
            "split_into": _("split a message off into the new ticket %(other)s"),
            "follow_up_of": _("opened this ticket as the follow-up of %(other)s"),
            "followed_up_by": _("opened the follow-up ticket %(other)s"),
        }
        return words[self.relation] % {"other": reference_of(self.other_number)}


@event
@dataclass(frozen=True)
class Unlinked(Event):
    """The two tickets have nothing to do with each other any more."""

    kind: ClassVar[str] = "unlinked"
    right: ClassVar[str] = "ticket.link"

    relation: str
    other_id: int
    other_number: int

    def check(self, subject: Ticket, actor: Actor) -> None:
        if [self.relation, self.other_id, self.other_number] not in subject.links:
            raise Conflict(_("These tickets are not linked any more."), field="other")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        gone = [self.relation, self.other_id, self.other_number]
        subject.links = [each for each in subject.links if each != gone]

    def describe(self, names: Names) -> str:
        return _("removed the link to %(other)s (%(relation)s)") % {
            "other": reference_of(self.other_number),
            "relation": str(RELATIONS[self.relation].name).lower(),
        }


def linked_ids(subject: Ticket, relation: str) -> list[int]:
    """Return the keys of those that are this ticket's `relation`."""
    return [other_id for code, other_id, _number in subject.links if code == relation]


def _require_no_parent(subject: Ticket) -> None:
    for code, _other_id, number in subject.links:
        if code == "parent":
            raise Refused(
                _("This ticket has the parent %(reference)s already. Remove that link first.")
                % {"reference": reference_of(number)},
                field="other",
            )


def _require_no_circle(subject: Ticket, parent: Ticket) -> None:
    above: Ticket | None = parent
    for _generation in range(GENERATIONS_AT_MOST):
        if above is None:
            return
        if above.pk == subject.pk:
            raise Refused(
                _("%(reference)s is under this ticket already: it cannot be its parent.")
                % {"reference": parent.reference},
                field="other",
            )
        above = Ticket.objects.filter(pk__in=linked_ids(above, "parent")).first()
    raise Refused(_("There are too many tickets above one another."), field="other")
