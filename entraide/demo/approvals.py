"""Two approvals: one that was given some days ago, and one that a client's contact still has to answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from entraide.demo.people import Desk
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.approvals import contacts_of
from entraide.tickets.approving import approve, ask
from entraide.tickets.models import Category, Ticket

SCREEN = "Bonjour,\n\nMon écran clignote depuis lundi et s'éteint plusieurs fois par jour. Pourrais-je en avoir un autre ?\n\n{name}"
ACCESS = (
    "Bonjour,\n\nPour la clôture annuelle, j'aurais besoin d'accéder au dossier « Comptabilité › Clôture » jusqu'à fin janvier."
    "\n\nMerci et bonne journée\n{name}"
)


def tell_approvals(
    desk: Desk, categories: dict[str, Category], end: datetime, *, go_on_until: Callable[[datetime], None]
) -> None:
    """Tell both, of the client whose contact signs in."""
    client = desk.clients[0]
    contact = contacts_of(client.pk)[0]
    people = [each for each in desk.requesters[client.pk] if each.pk != contact.pk]
    technician = desk.technicians["Accueil"][0]
    go_on_until((end - timedelta(days=6)).replace(hour=9, minute=24))
    screen = _open(people[6], "Écran à remplacer", SCREEN, categories["Commande"], technician)
    question = f"Remplacer l'écran de {people[6].name} par un 27 pouces à 389 CHF (livraison comprise) ?"
    asked = ask(screen, question=question, people=[contact], rule="one", holds=True, actor=actor_for(technician))
    go_on_until((end - timedelta(days=6)).replace(hour=14, minute=5))
    approve(screen, number=asked.number, text="D'accord. À imputer sur le budget du bureau.", actor=actor_for(contact))
    go_on_until((end - timedelta(days=3)).replace(hour=10, minute=40))
    text = "Bonjour,\n\nLe nouvel écran est en place.\n\nMeilleures salutations\n" + technician.name
    actions.resolve(screen, code="solved", text=text, actor=actor_for(technician))
    go_on_until(end - timedelta(hours=20))
    access = _open(people[8], "Accès au dossier de clôture", ACCESS, categories["Droits"], technician)
    go_on_until(end - timedelta(hours=19, minutes=20))
    question = f"Donner à {people[8].name} l'accès au dossier « Comptabilité › Clôture » jusqu'au 31 janvier ?"
    until = datetime.combine((end + timedelta(days=2)).date(), time(23, 59), ZoneInfo(client.time_zone))
    ask(access, question=question, people=[contact], rule="one", until=until, holds=True, actor=actor_for(technician))


def _open(requester: Person, subject: str, text: str, category: Category, by: Person) -> Ticket:
    ticket = actions.open_ticket(
        requester.organisation, requester=requester, subject=subject, text=text.format(name=requester.name), channel="mail",
        kind="request", category=category, impact=3, urgency=2, actor=actor_for(requester),
    )  # fmt: skip
    actions.take(ticket, actor=actor_for(by))
    name = requester.name.split()[0]
    words = f"Bonjour {name},\n\nC'est noté. Il me faut l'accord de votre entreprise, je le demande tout de suite.\n\nMeilleures salutations\n{by.name}"
    actions.reply(ticket, text=words, actor=actor_for(by))
    return ticket
