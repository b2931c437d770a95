"""Questions about approvals: what waits for whom, what a person who was asked may read, who can be asked."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.people.rights import Role
from entraide.tickets.models import Approval, Approver, Category, Ticket


def asked_of(person_id: int) -> QuerySet[Approval]:
    """Return what this person was ever asked to approve, within the scope."""
    found = Approval.objects.filter(approvers__person_id=person_id)
    return found.select_related("ticket__requester", "ticket__organisation", "asked_by")


def waiting_for(person_id: int) -> QuerySet[Approval]:
    """Return what waits for this person's answer, the nearest day first."""
    mine = Approver.objects.filter(person_id=person_id, answer="").values("approval")
    return asked_of(person_id).filter(pk__in=mine, state=Approval.State.OPEN).order_by("until", "asked_at")


def settled_for(person_id: int) -> QuerySet[Approval]:
    """Return what this person has answered, or need not any more, the newest first."""
    return asked_of(person_id).exclude(pk__in=waiting_for(person_id).order_by().values("pk")).order_by("-asked_at")


def approvals_on(ticket: Ticket) -> list[Approval]:
    """Return what was asked on a ticket, the newest first, each with those who were asked; two queries."""
    people = Prefetch("approvers", Approver.objects.select_related("person").order_by("person__name", "pk"))
    return list(
        Approval.objects.filter(ticket=ticket).select_related("asked_by").prefetch_related(people).order_by("-number")
    )


def question_of(approval: Approval) -> str:
    """Return what is asked, in the reader's language where a category asks it."""
    return approval.question or _("May we go ahead with this request?")


def contacts_of(organisation_id: int) -> list[Person]:
    """Return the client contacts of an organisation, by name."""
    with scoped(Scope.everything(reason="a contact of one organisation may belong to another one")):
        found = Person.objects.filter(
            roles__role=Role.CLIENT_CONTACT, roles__organisation_id=organisation_id, is_active=True
        )
        return list(found.distinct().prefetch_related("addresses").order_by("name"))


def reads_at_the_desk(person: Person, ticket: Ticket) -> bool:
    """Tell whether somebody answers in the console, where the whole ticket is theirs to read."""
    return actor_for(person).may("ticket.see_internal", ticket)


def rule_of(category: Category | None) -> str:
    """Return by which rule the client contacts approve a request of this category ("" for none): its own, or the nearest one above."""
    above = category
    while above is not None:
        if above.approval:
            return above.approval
        above = above.parent
    return ""
