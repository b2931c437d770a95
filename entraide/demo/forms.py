"""Two forms that the demo desk asks: who comes or leaves, and what is ordered."""

from __future__ import annotations

from datetime import date, timedelta

from entraide.core.clock import now
from entraide.forms.field import Choice, Condition, Field, Value
from entraide.forms.models import Form, FormVersion
from entraide.tickets.models import Category

ARRIVAL = Condition("evenement", ("arrivee",))
DEPARTURE = Condition("evenement", ("depart",))
# category: name of the form, what the category is for in both languages, fields
FORMS: dict[str, tuple[str, str, str, tuple[Field, ...]]] = {
    "Arrivée et départ": (
        "Arrivée ou départ", "Un compte, une adresse et du matériel pour qui arrive ; des accès fermés pour qui part.",
        "An account, an address and equipment for who arrives; accesses closed for who leaves.",
        (
            Field("evenement", "choice", "De quoi s’agit-il ?", "What is it about?", is_required=True,
                  choices=(Choice("arrivee", "Une arrivée", "An arrival"), Choice("depart", "Un départ", "A departure"))),
            Field("nom", "text", "Nom et prénom", "Name", is_required=True, longest=120),
            Field("premier_jour", "date", "Premier jour", "First day", shown_if=ARRIVAL, required_if=ARRIVAL),
            Field("poste", "choice", "Ordinateur", "Computer", shown_if=ARRIVAL, required_if=ARRIVAL,
                  choices=(Choice("portable", "Portable", "Laptop"), Choice("fixe", "Fixe", "Desktop"), Choice("aucun", "Aucun", "None"))),
            Field("acces", "choices", "Accès", "Access", shown_if=ARRIVAL,
                  choices=(Choice("dossiers", "Dossiers de l’équipe", "Folders of the team"), Choice("vpn", "Télétravail (VPN)", "Working from home (VPN)"),
                           Choice("compta", "Comptabilité", "Accounting"))),
            Field("comme", "person", "Mêmes accès que", "Same access as", "Nom ou adresse d’un ou d’une collègue.", "Name or address of a colleague.", shown_if=ARRIVAL),
            Field("dernier_jour", "date", "Dernier jour", "Last day", shown_if=DEPARTURE, required_if=DEPARTURE),
            Field("redirection", "email", "Rediriger les mails vers", "Redirect mail to", shown_if=DEPARTURE),
            Field("badge", "text", "Numéro du badge", "Number of the badge", audience="desk", mask="B-9999"),
        ),
    ),
    "Commande": (
        "Commande de matériel", "Un écran, un casque, un portable : ce qu’il faut commander, et pour qui.",
        "A screen, a headset, a laptop: what is to be ordered, and for whom.",
        (
            Field("article", "choice", "Article", "Item", is_required=True,
                  choices=(Choice("ecran", "Écran", "Screen"), Choice("casque", "Casque", "Headset"), Choice("portable", "Portable", "Laptop"), Choice("autre", "Autre", "Other"))),
            Field("precision", "text", "Lequel ?", "Which one?", shown_if=Condition("article", ("autre",)), required_if=Condition("article", ("autre",))),
            Field("quantite", "number", "Quantité", "Quantity", is_required=True, minimum=1, maximum=50),
            Field("site", "site", "À livrer où ?", "Delivered where?"),
            Field("avant", "date", "Nécessaire avant le", "Needed before"),
            Field("montant", "number", "Montant estimé", "Estimated amount", audience="desk", unit="CHF", minimum=0),
        ),
    ),
}  # fmt: skip


def add_forms(categories: dict[str, Category]) -> None:
    """Publish the forms and let their categories ask them."""
    for category, (name, french, english, fields) in FORMS.items():
        form = Form.objects.create(name=name, draft=[each.as_json() for each in fields], revision=1)
        FormVersion.objects.create(form=form, number=1, document=form.draft, published_at=now())
        asking = categories[category]
        asking.form, asking.description_fr, asking.description_en = form, french, english
        asking.save()


def answered(category: str, subject: str, day: date) -> dict[str, Value]:
    """Return what somebody answers who asks this of the portal."""
    if category == "Commande":
        article = next((code for code in ("ecran", "casque", "portable") if code in _plain(subject)), "autre")
        more: dict[str, Value] = {} if article != "autre" else {"precision": subject}
        return {"article": article, **more, "quantite": 1, "avant": (day + timedelta(days=21)).isoformat()}
    if subject.startswith("Départ"):
        leaving = subject.removeprefix("Départ de ")
        return {"evenement": "depart", "nom": leaving, "dernier_jour": (day + timedelta(days=4)).isoformat()}
    return {
        "evenement": "arrivee", "nom": "Léa Favre", "premier_jour": (day + timedelta(days=12)).isoformat(),
        "poste": "portable", "acces": ["dossiers", "vpn"],
    }  # fmt: skip


def _plain(text: str) -> str:
    return text.casefold().replace("é", "e")
