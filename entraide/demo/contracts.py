"""What the demo's clients have bought: infogérance with P1 round the clock, a flat fee that ends soon, régie."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from entraide.contracts import actions
from entraide.contracts.terms import Terms
from entraide.core.actor import Actor
from entraide.demo.clock import set_clock, telling_the_past
from entraide.demo.people import Desk
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.sla.defaults import ALWAYS_FOR_P1
from entraide.sla.models import Agreement

DAYS_BEFORE_HISTORY = 200


def write_contracts(desk: Desk, end: datetime) -> None:
    """Write down three contracts before the history of the tickets begins."""
    manager = Person.objects.prefetch_related("roles").filter(roles__role="manager").first()
    actor = actor_for(manager) if manager else Actor.system("demo")
    signed_at = end - timedelta(days=DAYS_BEFORE_HISTORY)
    year = signed_at.year
    always = Agreement.objects.filter(name=ALWAYS_FOR_P1).first()
    office = Agreement.objects.filter(is_default=True).first()
    fiduciary, surgery, architects = desk.clients
    # Within its notice and thirty days more: there is something to decide.
    soon = end.date() + timedelta(days=80)
    written = (
        (fiduciary, Terms(
            f"INF-{year}-014", "Infogérance du parc et des serveurs", "managed_services", date(year, 1, 1),
            ends_on=date(year + 1, 12, 31), notice_days=90, renewal_months=12, agreement_id=always.pk if always else None,
            currency="CHF", price=Decimal("6850.00"), price_period="month", contact_id=desk.requesters[fiduciary.pk][1].pk,
        )),
        (surgery, Terms(
            f"FOR-{year}-031", "Forfait de support aux utilisateurs", "flat_fee", date(year, 3, 1), ends_on=soon, notice_days=60,
            agreement_id=office.pk if office else None, currency="CHF", price=Decimal("5400.00"), price_period="quarter",
            contact_id=desk.requesters[surgery.pk][0].pk, note="Le cabinet souhaite une garde le samedi matin.",
        )),
        (architects, Terms(
            f"REG-{year}-007", "Interventions en régie", "time_and_material", date(year, 1, 1), notice_days=30,
            site_ids=tuple(site.pk for site in desk.sites[architects.pk]), currency="CHF", price=Decimal("165.00"),
            price_period="hour", contact_id=desk.requesters[architects.pk][0].pk,
        )),
    )  # fmt: skip
    with telling_the_past():
        set_clock(signed_at)
        for client, terms in written:
            actions.sign(client, terms=terms, actor=actor)
