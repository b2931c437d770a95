"""What the demo desk says, does and looks at often: macros, templates, saved views, and two tickets that come back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from entraide.core.clock import now
from entraide.demo.people import Desk
from entraide.people.acting import actor_for
from entraide.routines import recurring
from entraide.routines.models import Macro, MacroUse, RecurringTicket, SavedView, TicketTemplate
from entraide.sla.models import CoverageCalendar
from entraide.tickets.models import Category, Ticket

BYE_FR = "\n\nMeilleures salutations\n{{ my.name }}"
BYE_EN = "\n\nKind regards\n{{ my.name }}"
HELLO_FR, HELLO_EN = "Bonjour {{ requester.first_name }},\n\n", "Hello {{ requester.first_name }},\n\n"
# name, French, English, and what it does
MACROS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Bien reçu, je m’en occupe", "J’ai bien reçu votre demande {{ ticket.number }} et je m’en occupe. Vous aurez de mes nouvelles : {{ promise.next }}.",
     "I have received your request {{ ticket.number }} and am looking into it. You will hear from me: {{ promise.next }}.", {"assigns": "me"}),
    ("Demander une capture d’écran", "Pourriez-vous m’envoyer une capture d’écran du message, et me dire depuis quand il apparaît ?",
     "Could you send me a screenshot of the message, and tell me since when it has appeared?", {"hold_reason": "requester", "assigns": "me"}),
    ("Demander le nom du poste", "Quel est le nom de votre poste ? Il est écrit sur l’étiquette collée dessous, et commence par PC.",
     "What is the name of your computer? It is on the label underneath and begins with PC.", {"hold_reason": "requester"}),
    ("Rappel : nous attendons votre réponse", "Sans nouvelles de votre part, je me permets de revenir vers vous au sujet de « {{ ticket.subject }} ». Le problème est-il toujours là ?",
     "I have not heard back from you about “{{ ticket.subject }}”. Does the problem still occur?", {"hold_reason": "requester"}),
    ("Sans nouvelles : je résous", "Sans nouvelles de votre part, je considère la demande {{ ticket.number }} comme réglée. Si ce n’est pas le cas, répondez simplement à ce message.",
     "As I have not heard from you, I consider request {{ ticket.number }} as settled. If it is not, just reply to this message.", {"resolution_code": "no_answer"}),
    ("Compte déverrouillé", "Votre compte est déverrouillé. Fermez puis rouvrez votre session ; si le message revient, appelez-nous.",
     "Your account is unlocked. Sign out and in again; if the message comes back, call us.", {"resolution_code": "solved", "category": "Mot de passe"}),
    ("File d’impression vidée", "La file de l’imprimante a été vidée et le service redémarré : vous pouvez relancer votre document.",
     "The queue of the printer has been emptied and the service restarted: you can print again.", {"resolution_code": "solved", "category": "Imprimante", "tags": ["imprimante"]}),
    ("Hameçonnage : merci du signalement", "Merci de votre vigilance : ce message est bien une tentative d’hameçonnage. Ne cliquez sur rien et supprimez-le ; nous bloquons l’expéditeur.",
     "Thank you for being watchful: this message is phishing. Click on nothing and delete it; we are blocking its sender.", {"category": "Hameçonnage", "urgency": 1, "tags": ["hameçonnage"]}),
    ("Panne générale connue", "Nous connaissons cette panne et nous y travaillons. Vous n’avez rien à faire ; nous vous écrivons dès que c’est rétabli.",
     "We know about this outage and are working on it. There is nothing for you to do; we write as soon as it is over.", {"impact": 1}),
    ("Accord du responsable demandé", "Pour ouvrir cet accès, il nous faut l’accord de votre responsable. Une réponse de sa part à ce message suffit.",
     "To open this access we need your manager’s agreement. A reply from them to this message is enough.", {"hold_reason": "requester", "category": "Droits"}),
    ("Matériel commandé", "Le matériel est commandé. Nous vous proposerons un rendez-vous dès sa livraison.",
     "The equipment is ordered. We will propose an appointment as soon as it is delivered.", {"hold_reason": "supplier", "hold_days": 5, "category": "Commande"}),
)  # fmt: skip
TEMPLATES: tuple[dict[str, Any], ...] = (
    {"name": "Arrivée d’un collaborateur", "subject": "Arrivée d’une personne le …", "category": "Arrivée et départ", "urgency": 3, "tags": ["arrivée-départ"],
     "text": "Nom et prénom :\nFonction :\nPremier jour :\nModèle d’accès (même profil que) :\nMatériel : portable / fixe / écran\nTéléphone : oui / non\nBadge : oui / non"},
    {"name": "Départ d’un collaborateur", "subject": "Départ d’une personne le …", "category": "Arrivée et départ", "tags": ["arrivée-départ"],
     "text": "Nom et prénom :\nDernier jour :\nRedirection des mails vers :\nReprise des dossiers par :\nMatériel à récupérer :"},
    {"name": "Commande de matériel", "subject": "Commande : …", "category": "Commande", "urgency": 3,
     "text": "Article :\nQuantité :\nPour qui :\nCentre de coûts :\nAccord de :"},
    {"name": "Contrôle des sauvegardes", "subject": "Contrôle des sauvegardes, semaine {{ week }}", "category": "Sauvegarde", "team": "Systèmes et réseaux", "tags": ["contrôle"],
     "text": "1. Relire les rapports de la semaine.\n2. Restaurer un fichier au hasard et l’ouvrir.\n3. Noter la durée et la taille.\n4. Signaler tout échec comme incident."},
    {"name": "Revue des comptes", "subject": "Revue des comptes, {{ month }}", "category": "Comptes et accès", "urgency": 3, "team": "Systèmes et réseaux", "tags": ["contrôle"],
     "text": "1. Sortir la liste des comptes actifs.\n2. La comparer avec la liste du personnel.\n3. Fermer les comptes sans titulaire.\n4. Joindre la liste signée."},
)  # fmt: skip


def add_macros(desk: Desk, categories: dict[str, Category]) -> None:
    """Everybody's macros, one of a team and one of Nadia's."""
    for name, french, english, acts in MACROS:
        does = dict(acts)
        category = categories.get(does.pop("category", ""))
        Macro.objects.create(
            name=name, text_fr=HELLO_FR + french + BYE_FR, text_en=HELLO_EN + english + BYE_EN, category=category,
            changed_at=now(), changed_by=desk.coordinator, **does,
        )  # fmt: skip
    team = desk.teams["Postes de travail"]
    Macro.objects.create(
        name="Vérifications faites au téléphone", writes=Macro.Writes.NOTE, team=team, changed_at=now(),
        text_fr="Vérifié au téléphone : redémarrage, câbles, autre session. Le problème reste.",
    )  # fmt: skip


def add_saved_views(desk: Desk) -> None:
    """What everybody looks at in the morning, and what a team does."""
    made = {"changed_at": now(), "changed_by": desk.coordinator}
    SavedView.objects.create(name="Urgent et à personne", asks={"view": "open", "q": "p:1,2 assignee:none"}, **made)
    SavedView.objects.create(
        name="Qui attend quoi", asks={"view": "waiting", "group": "organisation", "sort": "age"},
        columns=["prio", "who", "category", "assignee", "next", "when", "opened"], **made,
    )  # fmt: skip
    SavedView.objects.create(
        name=f"{desk.clients[0].name}, par responsable", team=desk.teams["Accueil"], changed_at=now(),
        asks={"view": "open", "organisation": str(desk.clients[0].pk), "group": "assignee"},
    )  # fmt: skip


def add_recurring(desk: Desk, categories: dict[str, Category], end: datetime) -> None:
    """Templates, the weekly check of the backups and the monthly review of the accounts."""
    assert desk.coordinator is not None
    made: dict[str, TicketTemplate] = {}
    for each in TEMPLATES:
        facts = dict(each)
        category, team = categories[facts.pop("category")], desk.teams.get(facts.pop("team", ""))
        made[each["name"]] = TicketTemplate.objects.create(
            kind="request", category=category, to_team=team, changed_at=now(), changed_by=desk.coordinator, **facts
        )
    calendar = CoverageCalendar.objects.order_by("pk").first()
    client = desk.clients[0]
    requester = desk.requesters[client.pk][0]
    common = {
        "organisation": client,
        "requester": requester,
        "starts_on": end.date() - timedelta(days=30),
        "at": time(8),
    }
    recurring.create(
        RecurringTicket(
            name="Contrôle des sauvegardes", template=made["Contrôle des sauvegardes"], unit="week", weekdays=[0],
            off_days="after", calendar=calendar, **common,
        ),
        actor=actor_for(desk.coordinator),
    )  # fmt: skip
    recurring.create(
        RecurringTicket(
            name="Revue des comptes", template=made["Revue des comptes"], unit="month", month_rule="last_working_day",
            calendar=calendar, **common,
        ),
        actor=actor_for(desk.coordinator),
    )  # fmt: skip


def count_uses(end: datetime) -> None:
    """Let the macros have been used: the first ones most."""
    tickets = list(Ticket.objects.filter(assignee__isnull=False).order_by("-pk")[:120])
    macros = list(Macro.objects.order_by("pk"))
    MacroUse.objects.bulk_create(
        MacroUse(
            organisation_id=ticket.organisation_id, macro=macros[(place * place) // 120 % len(macros)], person_id=ticket.assignee_id or 0,
            ticket=ticket, used_at=min(end, ticket.opened_at + timedelta(minutes=20)),
        )
        for place, ticket in enumerate(tickets)
    )  # fmt: skip
