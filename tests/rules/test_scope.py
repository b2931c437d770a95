"""Rule 3: who may see what is decided in one place; without a scope there is no query."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Count, Exists, OuterRef

from entraide.core.owned import OtherOrganisation, Owned, OwnedQuerySet
from entraide.core.scope import NoScope, Scope, scoped
from entraide.people.models import MailAddress, Person, Site
from entraide.tickets import actions, queries
from entraide.tickets.models import Ticket
from tests.world import World, everything

# Models that belong to no organisation, each with the reason.
NOBODYS_OWN = {
    "audit.AuditEntry": "it outlasts organisations; its screen checks each reader's reach",
    "audit.Verification": "of the whole chain",
    "backups.Backup": "the operator's notes on backups of the whole desk",
    "people.Organisation": "it is what the others belong to",
    "people.Team": "a team serves many organisations",
    "privacy.RetentionRule": "a rule for everybody or for one organisation; its screen checks each reader's reach",
    "privacy.RetentionRun": "one night, over all organisations",
    "people.RoleGrant": "it says which organisations a person reaches, so it comes before any scope",
    "people.Account": "signing in comes before any scope",
    "entrance.SignIn": "it is of an account; only its person sees it",
    "entrance.SessionRule": "the desk's own settings",
    "entrance.FactorRule": "the desk's own settings",
    "entrance.Grace": "it is of an account",
    "entrance.MappedGrant": "it is of a role, which comes before any scope",
    "entrance.Attempt": "signing in comes before any scope; it names nobody",
    "tickets.Category": "one tree for all",
    "forms.Form": "one set of forms for all",
    "forms.FormVersion": "one set of forms for all",
    "tickets.PendingReason": "one list for all",
    "tickets.RoutingRule": "the desk's own settings",
    "tickets.FollowUpRule": "the desk's own settings",
    "sla.CoverageCalendar": "organisations share calendars",
    "sla.FeedRenewal": "it is of a calendar, which many organisations share",
    "sla.CalendarVersion": "organisations share calendars",
    "sla.Agreement": "many organisations may have the same one",
    "sla.AgreementVersion": "many organisations may have the same one",
    "sla.Retargeting": "an agreement's open tickets are of many organisations",
    "automation.EscalationRule": "the desk's own settings",
    "automation.DryRun": "the desk's own settings; it names tickets, so its page checks each reader's reach",
    "automation.Rota": "the desk's own settings",
    "automation.RotaOverride": "the desk's own settings",
    "routines.Macro": "one text serves every client",
    "routines.TicketTemplate": "one template serves every client",
    "routines.SavedView": "it says which tickets are looked for; whoever looks finds only those that they may see",
    "routines.BulkRun": "its tickets may be of many organisations; only who started it sees it",
    "email.IncomingMail": "whose it is, is found out by reading it; only people who handle mail see it",
    "email.Mailbox": "the desk's own settings",
    "email.MailTemplate": "the desk's own settings",
    "hooks.Endpoint": "the desk's own settings; it says itself of which organisations it is told",
    "tickets.ScannedFile": "a verdict on bytes, whoever sent them; it says nothing of them but that they are harmful",
    "api.ApiToken": "a token is looked up before anybody is known",
    "api.IdempotentAnswer": "it belongs to a token",
}


def test_every_model_belongs_to_an_organisation_or_says_why_not() -> None:
    for model in apps.get_models():
        if not model.__module__.startswith("entraide.") or model._meta.auto_created:
            continue
        if issubclass(model, Owned):
            assert isinstance(model._default_manager.all.__self__.get_queryset(), OwnedQuerySet), model
            assert isinstance(model._base_manager.get_queryset(), OwnedQuerySet), model
        else:
            assert model._meta.label in NOBODYS_OWN, (
                f"{model._meta.label}: make it Owned, or list it here with the reason"
            )


@pytest.mark.django_db
@pytest.mark.parametrize("model", [m for m in apps.get_models() if issubclass(m, Owned)], ids=lambda m: m._meta.label)
def test_no_scope_no_query(model: type[Owned]) -> None:
    for question in (
        lambda: list(model.objects.all()),
        lambda: model.objects.count(),
        lambda: model.objects.exists(),
        lambda: model.objects.filter(pk=1).first(),
        lambda: model.objects.aggregate(Count("pk")),
        lambda: list(model.objects.values_list("pk")),
        lambda: list(model.objects.all().union(model.objects.all())),
        lambda: list(model._base_manager.all()),
    ):
        with pytest.raises(NoScope):
            question()


@pytest.mark.django_db
def test_a_scope_shows_its_organisation_and_no_other(world: World) -> None:
    world.ticket(world.alice)
    world.ticket(world.zoe)
    with scoped(Scope.of(world.helvetia.pk)):
        assert [t.requester_id for t in Ticket.objects.all()] == [world.alice.pk]
        assert Ticket.objects.count() == 1
        assert Ticket.objects.order_by("pk")[:5].count() == 1
        assert not Ticket.objects.filter(requester_id=world.zoe.pk).exists()
        assert Ticket.objects.aggregate(n=Count("pk")) == {"n": 1}
        assert [row["n"] for row in Ticket.objects.values("organisation").annotate(n=Count("pk"))] == [1]
        assert Site.objects.filter(pk=world.carouge.pk).update(name="Pris") == 0
        assert Site.objects.filter(pk=world.carouge.pk).delete()[0] == 0
        owners = Person.objects.filter(Exists(Ticket.objects.filter(requester=OuterRef("pk"))))
        assert [person.name for person in owners] == ["Alice Martin"]
        assert len(Ticket.objects.filter(kind="incident").union(Ticket.objects.filter(kind="request"))) == 1


@pytest.mark.django_db
def test_a_query_obeys_the_scope_in_which_it_runs_not_that_in_which_it_was_built(world: World) -> None:
    world.ticket(world.alice)
    with scoped(Scope.of(world.helvetia.pk)):
        tickets = Ticket.objects.all()
    with scoped(Scope.of(world.rousseau.pk)):
        assert list(tickets) == []
    with pytest.raises(NoScope):
        list(tickets.all())


@pytest.mark.django_db
def test_rows_of_two_organisations_cannot_be_tied_together(world: World) -> None:
    with everything(), pytest.raises(OtherOrganisation):
        actions.open_ticket(
            world.rousseau, requester=world.alice, subject="x", text="y", channel="desk", actor=world.as_(world.nadia)
        )
    with everything():
        ticket = world.ticket(world.alice)
        with pytest.raises(OtherOrganisation):
            actions.edit(ticket, changes={"site_id": world.carouge.pk}, actor=world.as_(world.nadia))
        with pytest.raises(OtherOrganisation):
            MailAddress.objects.bulk_create(
                [MailAddress(organisation=world.rousseau, person=world.alice, email="a@b.example")]
            )


@pytest.mark.django_db
def test_nothing_is_written_outside_the_scope(world: World) -> None:
    ticket = world.ticket(world.alice)
    with scoped(Scope.of(world.rousseau.pk)), pytest.raises(OtherOrganisation):
        actions.note(ticket, text="x", actor=world.as_(world.nadia))
    with scoped(Scope.of(world.rousseau.pk)), pytest.raises(OtherOrganisation):
        Site.objects.create(organisation=world.helvetia, name="Nyon")


@pytest.mark.django_db
def test_a_moved_ticket_takes_its_timeline_along(world: World) -> None:
    ticket = world.ticket(world.alice)
    with everything():
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
    with scoped(Scope.of(world.helvetia.pk)):
        assert not Ticket.objects.exists()
        assert not ticket.timeline().exists()
    with scoped(Scope.of(world.rousseau.pk)):
        assert ticket.timeline().count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("alice", {"alice"}),
        ("bob", {"bob"}),
        ("claire", {"alice", "bob"}),
        ("zoe", {"zoe"}),
        ("nadia", {"alice", "bob", "zoe"}),
        ("elena", {"alice", "bob", "zoe"}),
        ("carla", {"alice", "bob", "zoe"}),
        ("marc", {"alice", "bob", "zoe"}),
        ("sofia", {"alice", "bob", "zoe"}),
        ("adam", set()),
    ],
)
def test_each_role_sees_just_its_tickets(world: World, who: str, sees: set[str]) -> None:
    for requester in ("alice", "bob", "zoe"):
        world.ticket(getattr(world, requester))
    person = getattr(world, who)
    with world.scope_of(person):
        seen = {ticket.requester_id for ticket in queries.visible_to(world.as_(person))}
    assert seen == {getattr(world, name).pk for name in sees}


@pytest.mark.django_db
def test_the_requester_never_sees_an_internal_note(world: World) -> None:
    ticket = world.ticket(world.alice)
    with everything():
        actions.note(ticket, text="Client difficile", actor=world.as_(world.nadia))
        seen = queries.timeline_for(ticket, actor=world.as_(world.alice))
        assert [entry.kind for entry in seen] == ["ticket_opened"]
        assert queries.timeline_for(ticket, actor=world.as_(world.nadia)).count() == 2


@pytest.mark.django_db
def test_a_ticket_in_scope_shows_its_technician_who_is_of_another_organisation(world: World) -> None:
    with everything():
        ticket = world.ticket(world.alice)
        actions.take(ticket, actor=world.as_(world.nadia))
    with scoped(Scope.of(world.helvetia.pk)):
        found = Ticket.objects.get(pk=ticket.pk)
        assert found.assignee is not None
        assert found.assignee.name == "Nadia Keller"
        assert not Person.objects.filter(pk=world.nadia.pk).exists(), "only by way of the ticket"
    with pytest.raises(NoScope):
        _ = Ticket.objects.get(pk=ticket.pk).assignee
