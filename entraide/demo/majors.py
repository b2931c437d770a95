"""Two major incidents: one of some weeks ago, told to its review, and one that goes on while somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from entraide.core.actor import Actor
from entraide.demo.people import Desk
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.models import Category, Ticket
from entraide.tickets.third_parties import receive_from_third_party, write_to_third_party

MAJOR = Actor.system("major")


def tell_majors(
    desk: Desk, categories: dict[str, Category], end: datetime, *, go_on_until: Callable[[datetime], None]
) -> None:
    """Tell both. `go_on_until` lets time pass: promises are warned of and missed on the way."""
    story = Story(desk, categories, go_on_until)
    story.tell_a_reviewed_one((end - timedelta(days=24)).replace(hour=8, minute=12))
    story.tell_one_that_goes_on(end)


class Story:
    """Majors led by Elena, declared by the coordinator."""

    def __init__(self, desk: Desk, categories: dict[str, Category], go_on_until: Callable[[datetime], None]) -> None:
        assert desk.coordinator is not None
        self.desk, self.categories, self.go_on_until = desk, categories, go_on_until
        self.coordinator, self.lead = desk.coordinator, desk.technicians["Experts"][0]

    def tell_a_reviewed_one(self, start: datetime) -> None:
        """A switch failed on a Monday morning; it was replaced, and the cause was dealt with."""
        caller, others = self._callers(0)
        self.go_on_until(start)
        major = self._open(caller, "Plus aucun accès aux dossiers partagés", "Tout le bureau est à l'arrêt.")
        self.go_on_until(start + timedelta(minutes=9))
        self._declare(major, "Les dossiers partagés ne répondent plus à Genève. Nous cherchons la cause.")
        followers = []
        for minutes, person in zip((14, 21), others, strict=False):
            self.go_on_until(start + timedelta(minutes=minutes))
            ticket = self._open(
                person, "Impossible d'ouvrir mes fichiers", "Rien ne s'ouvre depuis ce matin.", urgency=2
            )
            actions.follow(ticket, major=major, actor=actor_for(self.coordinator))
            followers.append(ticket)
        for minutes, text in (
            (48, "Un commutateur est en panne. Le remplaçant est en route."),
            (101, "Le commutateur est remplacé ; les services reviennent un à un."),
        ):
            self.go_on_until(start + timedelta(minutes=minutes))
            self._update(major, followers, text)
        self.go_on_until(start + timedelta(minutes=132))
        resolution = "Le commutateur est remplacé et tous les dossiers sont accessibles."
        actions.resolve(major, code="solved", text=resolution, actor=actor_for(self.lead))
        for ticket in followers:
            actions.resolve(ticket, code="solved", text=resolution, actor=MAJOR)
        self.go_on_until(start + timedelta(days=2, hours=3))
        actions.review_major(
            major,
            happened="Un commutateur d'étage s'est arrêté à 08:05 ; les dossiers partagés ont manqué deux heures.",
            why="Alimentation en fin de vie ; aucune sonde ne la surveillait et aucun remplaçant n'était sur place.",
            changes="Deux alimentations par commutateur, un remplaçant en stock, une sonde sur les alimentations.",
            actor=actor_for(self.coordinator),
        )
        actions.close(major, actor=actor_for(self.coordinator))

    def tell_one_that_goes_on(self, end: datetime) -> None:
        """The line of a client is down since a hundred minutes."""
        caller, others = self._callers(1)
        self.go_on_until(end - timedelta(minutes=100))
        major = self._open(caller, "Plus d'Internet au bureau", "Ni Internet ni téléphone depuis dix minutes.")
        self.go_on_until(end - timedelta(minutes=88))
        self._declare(major, "La ligne de l'opérateur est coupée. Nous sommes en contact avec lui.")
        self.go_on_until(end - timedelta(minutes=84))
        conversation = self._ask_the_operator(major, end - timedelta(minutes=79))
        self.go_on_until(end - timedelta(minutes=61))
        ticket = self._open(others[0], "Téléphone muet", "Personne ne peut nous joindre.", urgency=2)
        actions.follow(ticket, major=major, actor=actor_for(self.coordinator))
        self.go_on_until(end - timedelta(minutes=41))
        self._hear_from_the_operator(major, conversation)
        self.go_on_until(end - timedelta(minutes=34))
        text = "L'opérateur répare un câble coupé par un chantier. Retour estimé dans deux heures ; un accès 4G est en place."
        self._update(major, [ticket], text)

    def _ask_the_operator(self, major: Ticket, at: datetime) -> str:
        """A colleague is named and writes to the operator, both unseen by the client; return that conversation's key."""
        lead, coordinator = actor_for(self.lead), actor_for(self.coordinator)
        actions.note(major, text=f"@{self.lead.name}, peux-tu relancer l'opérateur ?", actor=coordinator)
        self.go_on_until(at)
        asked = write_to_third_party(
            major,
            to=["entreprises@telecom-romand.example"],
            subject="Ligne coupée : délai de réparation ?",
            text="Bonjour,\n\nLa ligne 41-22-7731 ne répond plus depuis une demi-heure. Quelle est la cause, et le délai ?",
            actor=lead,
        )
        return f"{major.number}-{asked.number}"

    def _hear_from_the_operator(self, major: Ticket, conversation: str) -> None:
        receive_from_third_party(
            major,
            conversation=conversation,
            text="Bonjour,\n\nUn chantier a coupé le câble. Une équipe est sur place ; comptez deux heures. Dossier 55 210.",
            from_name="Telecom Romand, entreprises",
            from_email="entreprises@telecom-romand.example",
            actor=Actor.system("intake"),
        )

    def _callers(self, index: int) -> tuple[Person, list[Person]]:
        people = self.desk.requesters[self.desk.clients[index].pk]
        return people[3], people[4:7]

    def _open(self, requester: Person, subject: str, text: str, *, urgency: int = 1) -> Ticket:
        ticket = actions.open_ticket(
            requester.organisation,
            requester=requester,
            subject=subject,
            text=f"Bonjour,\n\n{text}\n\n{requester.name}",
            channel="phone" if urgency == 1 else "mail",
            category=self.categories["Réseau"],
            impact=1 if urgency == 1 else 2,
            urgency=urgency,
            actor=actor_for(requester),
        )
        actions.take(ticket, actor=actor_for(self.coordinator))
        return ticket

    def _declare(self, major: Ticket, text: str) -> None:
        actions.declare_major(
            major,
            lead=self.lead,
            teams=[self.desk.teams["Systèmes et réseaux"], self.desk.teams["Experts"]],
            contacts=[],
            rhythm_minutes=60,
            text=text,
            actor=actor_for(self.coordinator),
        )

    def _update(self, major: Ticket, followers: list[Ticket], text: str) -> None:
        actions.update_major(major, text=text, actor=actor_for(self.lead))
        for ticket in followers:
            actions.share_major_update(ticket, major_number=major.number, text=text, actor=MAJOR)
