"""The people of the demo desk."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from entraide.core.actor import Actor
from entraide.people.brands import save_brand
from entraide.people.models import Account, MailAddress, Organisation, Person, Phone, RoleGrant, Site, Team
from entraide.people.rights import Role

PASSWORD = "entraide-demo"
HOUSE_DOMAIN = "lemanique.example"

FIRST = [
    "Aline",
    "Alexandre",
    "Amélie",
    "Antoine",
    "Audrey",
    "Baptiste",
    "Béatrice",
    "Bruno",
    "Camille",
    "Cédric",
    "Céline",
    "Christophe",
    "Claire",
    "Clément",
    "Corinne",
    "Damien",
    "Delphine",
    "Didier",
    "Élodie",
    "Émilie",
    "Éric",
    "Fabienne",
    "Florence",
    "Florian",
    "François",
    "Gaëlle",
    "Géraldine",
    "Grégoire",
    "Guillaume",
    "Hélène",
    "Hugo",
    "Inès",
    "Isabelle",
    "Jérôme",
    "Joël",
    "Julie",
    "Karine",
    "Laetitia",
    "Laurent",
    "Léa",
    "Lionel",
    "Loïc",
    "Lucie",
    "Manon",
    "Margaux",
    "Marie",
    "Mathieu",
    "Maude",
    "Mélanie",
    "Michel",
    "Muriel",
    "Nathalie",
    "Nicolas",
    "Olivier",
    "Pascale",
    "Patrick",
    "Pauline",
    "Philippe",
    "Raphaël",
    "Romain",
    "Sabine",
    "Sandra",
    "Sébastien",
    "Séverine",
    "Simon",
    "Sophie",
    "Stéphane",
    "Sylvie",
    "Thierry",
    "Thomas",
    "Valérie",
    "Vanessa",
    "Vincent",
    "Virginie",
    "Xavier",
    "Yann",
    "Yves",
    "Zoé",
]
LAST = [
    "Aebischer",
    "Aubert",
    "Baechler",
    "Barbey",
    "Bertholet",
    "Blanchard",
    "Bonvin",
    "Borel",
    "Bovet",
    "Bürgi",
    "Cattin",
    "Chappuis",
    "Charrière",
    "Chevalley",
    "Corthay",
    "Cuendet",
    "Décosterd",
    "Delacrétaz",
    "Droz",
    "Dumas",
    "Favre",
    "Fontannaz",
    "Fournier",
    "Frey",
    "Genoud",
    "Gerber",
    "Gillard",
    "Girardin",
    "Grosjean",
    "Guex",
    "Humbert",
    "Jaccard",
    "Jaquet",
    "Jeanneret",
    "Junod",
    "Kohler",
    "Lachat",
    "Lambelet",
    "Lehmann",
    "Magnin",
    "Maillard",
    "Martin",
    "Matthey",
    "Mercier",
    "Meylan",
    "Monnier",
    "Morel",
    "Moser",
    "Mottier",
    "Muller",
    "Nicollier",
    "Oberson",
    "Pahud",
    "Perret",
    "Pittet",
    "Porchet",
    "Racine",
    "Ramseyer",
    "Raymond",
    "Rey",
    "Richard",
    "Rochat",
    "Rossier",
    "Roulet",
    "Savary",
    "Schaller",
    "Schmid",
    "Tissot",
    "Vaucher",
    "Vuilleumier",
    "Weber",
    "Wenger",
    "Zbinden",
    "Zufferey",
]
JOBS = {
    "fiduciaire": (
        "comptable",
        "réviseuse",
        "fiscaliste",
        "gestionnaire de paie",
        "assistante",
        "associé",
        "stagiaire",
        "juriste",
    ),
    "cabinet": ("médecin", "assistante médicale", "infirmier", "secrétaire médicale", "radiologue", "laborantine"),
    "atelier": (
        "architecte",
        "dessinatrice",
        "chef de projet",
        "économiste de la construction",
        "apprenti",
        "secrétaire",
    ),
}


@dataclass
class Desk:
    """Everybody and everything that the stories are about."""

    house: Organisation
    clients: list[Organisation]
    sites: dict[int, list[Site]] = field(default_factory=dict)
    requesters: dict[int, list[Person]] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    technicians: dict[str, list[Person]] = field(default_factory=dict)
    coordinator: Person | None = None


# name, function, role, teams, address
STAFF = (
    ("Nadia Keller", "technicienne N1", Role.TECHNICIAN, ("Accueil",)),
    ("Yann Corthay", "technicien N1", Role.TECHNICIAN, ("Accueil",)),
    ("Mélanie Droz", "technicienne N1", Role.TECHNICIAN, ("Accueil", "Postes de travail")),
    ("Hugo Savary", "technicien N1", Role.TECHNICIAN, ("Postes de travail",)),
    ("Inès Ramseyer", "technicienne N1, apprentie", Role.TECHNICIAN, ("Accueil",)),
    ("Benoît Rey", "ingénieur systèmes", Role.TECHNICIAN, ("Systèmes et réseaux",)),
    ("Séverine Pahud", "ingénieure réseaux", Role.TECHNICIAN, ("Systèmes et réseaux",)),
    ("Loïc Matthey", "ingénieur applications", Role.TECHNICIAN, ("Applications",)),
    ("Elena Rossi", "experte infrastructure", Role.TECHNICIAN, ("Experts",)),
    ("Carla Meier", "coordinatrice", Role.COORDINATOR, ("Accueil",)),
    ("Marc Dubois", "responsable support", Role.MANAGER, ()),
    ("Sofia Blanc", "responsable sécurité", Role.SECURITY_OFFICER, ()),
)
ADMINISTRATOR = ("Adam Muller", "administrateur", Role.ADMINISTRATOR, ())
TEAMS = (("Accueil", 1), ("Postes de travail", 1), ("Systèmes et réseaux", 2), ("Applications", 2), ("Experts", 3))
# name, domain, kind, language, people, sites
CLIENTS = (
    ("Fiduciaire du Rhône", "fidurhone.example", "fiduciaire", 52, (("Rive gauche", "Rue du Rhône 62, 1204 Genève"), ("Nyon", "Rue de la Gare 4, 1260 Nyon"))),
    ("Cabinet médical des Eaux-Vives", "eauxvives-medical.example", "cabinet", 31, (("Eaux-Vives", "Rue du Nant 18, 1207 Genève"),)),
    ("Atelier Rousseau Architectes", "atelier-rousseau.example", "atelier", 24, (("Carouge", "Place du Marché 9, 1227 Carouge"),)),
)  # fmt: skip
HOUSE = ("Lémanique Informatique SA", "Acacias", "Route des Acacias 24, 1227 Les Acacias")


def sign_ins() -> list[tuple[str, str, str]]:
    """Return (role, mail address, password) of one person a role; nothing when this is no demo desk."""
    shown = [
        ("N1", "nadia.keller"), ("N2", "benoit.rey"), ("N3", "elena.rossi"), ("coordinator", "carla.meier"),
        ("manager", "marc.dubois"), ("security officer", "sofia.blanc"), ("administrator", "adam.muller"),
    ]  # fmt: skip
    addresses = [(role, f"{name}@{HOUSE_DOMAIN}") for role, name in shown]
    addresses += [("client contact", "contact@fidurhone.example"), ("requester", "demandeur@fidurhone.example")]
    known = set(Account.objects.filter(email__in=[email for _role, email in addresses]).values_list("email", flat=True))
    return [(role, email, PASSWORD) for role, email in addresses if email in known]


def populate(rng: random.Random, today: date) -> Desk:
    """Write the directory: the house, three clients, five sites, 120 people, the teams."""
    house = Organisation.objects.create(name=HOUSE[0], mail_domains=[HOUSE_DOMAIN], region="GE", supports=True)
    desk = Desk(house=house, clients=[])
    desk.sites[house.pk] = [Site.objects.create(organisation=house, name=HOUSE[1], address=HOUSE[2], region="GE")]
    for name, level in TEAMS:
        desk.teams[name] = Team.objects.create(name=name, level=level, is_default=name == "Accueil")
    password = make_password(PASSWORD)
    _add_staff(desk, password)
    names = _names(rng)
    for name, domain, trade, size, places in CLIENTS:
        _add_client(desk, rng, names, password, today, name, domain, trade, size, places)
    return desk


def _add_staff(desk: Desk, password: str) -> None:
    for number, (name, job, role, teams) in enumerate((*STAFF, ADMINISTRATOR)):
        person = Person.objects.create(
            organisation=desk.house, name=name, job_title=job, site=desk.sites[desk.house.pk][0]
        )
        email = f"{_plain(name).replace(' ', '.')}@{HOUSE_DOMAIN}"
        _reachable(person, email, f"+41225550{100 + number}")
        Account.objects.create(email=email, password=password, person=person)
        RoleGrant.objects.create(person=person, role=role)
        for team in teams:
            desk.teams[team].members.add(person)
            desk.technicians.setdefault(team, []).append(person)
        if role == Role.COORDINATOR:
            desk.coordinator = person


def _add_client(
    desk: Desk, rng: random.Random, names: list[str], password: str, today: date, name: str, domain: str, trade: str,
    size: int, places: tuple[tuple[str, str], ...],
) -> None:  # fmt: skip
    client = Organisation.objects.create(name=name, mail_domains=[domain], region="GE")
    desk.clients.append(client)
    desk.sites[client.pk] = [
        Site.objects.create(organisation=client, name=place, address=address, region="VD" if place == "Nyon" else "GE")
        for place, address in places
    ]
    people: list[Person] = []
    for number in range(size):
        person = Person.objects.create(
            organisation=client,
            name=names.pop(),
            job_title="direction" if number == 0 else rng.choice(JOBS[trade]),
            site=desk.sites[client.pk][0 if rng.random() < 0.7 else -1],
            manager=people[0] if people else None,
            is_vip=number == 0 or rng.random() < 0.04,
            language="en" if trade == "atelier" and number == 3 else "",
            absent_until=today + timedelta(days=rng.randint(2, 15)) if rng.random() < 0.05 else None,
        )
        _reachable(person, f"{_plain(person.name).replace(' ', '.')}@{domain}", f"+4122{rng.randint(7000000, 7999999)}")
        people.append(person)
    desk.requesters[client.pk] = people
    if trade == "fiduciaire":
        _let_sign_in(people[1], f"contact@{domain}", password)
        RoleGrant.objects.create(person=people[1], role=Role.CLIENT_CONTACT, organisation=client)
        _let_sign_in(people[2], f"demandeur@{domain}", password)
        look = {"name": "Informatique du Rhône", "accent": "#8a1538"}
        save_brand(client, facts=look, seen=0, actor=Actor.system("demo"))


def _let_sign_in(person: Person, email: str, password: str) -> None:
    MailAddress.objects.create(organisation_id=person.organisation_id, person=person, email=email)
    Account.objects.create(email=email, password=password, person=person)


def _reachable(person: Person, email: str, phone: str) -> None:
    MailAddress.objects.create(organisation_id=person.organisation_id, person=person, email=email, is_main=True)
    Phone.objects.create(organisation_id=person.organisation_id, person=person, number=phone)


def _names(rng: random.Random) -> list[str]:
    """Return more than enough names, none twice and none of the staff's."""
    taken = {name for name, *_rest in (*STAFF, ADMINISTRATOR)}
    pairs = {f"{rng.choice(FIRST)} {rng.choice(LAST)}" for _ in range(400)} - taken
    names = sorted(pairs)
    rng.shuffle(names)
    return names


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
