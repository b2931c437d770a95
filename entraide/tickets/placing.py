"""Which technician is meant, and in which of their teams they get a ticket."""

from __future__ import annotations

from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, Team
from entraide.tickets.models import Ticket


def find_technician(person_id: int | None) -> Person | None:
    """Return a technician by id, of whatever organisation they are."""
    if person_id is None:
        return None
    with scoped(Scope.everything(reason="technicians are of another organisation than the ticket")):
        return Person.objects.filter(pk=person_id, is_active=True).first()


def team_of(assignee: Person | None, team: Team | None, ticket: Ticket) -> Team:
    """Return the team in which a person gets a ticket: the chosen one if they are in it, else the only one it can be.

    Raises Refused when none can be, or several.
    """
    if assignee is None or (team is not None and assignee.teams.filter(pk=team.pk).exists()):
        if team is None:
            raise Refused(_("Choose a team."), field="team")
        return team
    theirs = list(assignee.teams.filter(is_active=True).order_by("name"))
    fitting = [each for each in theirs if each.level <= ticket.level]
    if len(fitting) == 1:
        return fitting[0]
    who = {"name": assignee.name, "teams": ", ".join(each.name for each in fitting or theirs)}
    if fitting:
        raise Refused(_("%(name)s is in several teams: choose one of %(teams)s.") % who, field="team")
    if theirs:
        raise Refused(
            _("%(name)s is of a higher level (%(teams)s), which receives a ticket by escalation, with a handover.")
            % who,
            field="assignee",
        )
    raise Refused(_("%(name)s is in no team.") % who, field="assignee")
