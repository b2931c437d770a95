"""Links between tickets: written on both, never in a circle, never across clients."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.tickets import actions, linking
from entraide.tickets.models import Ticket
from tests.world import World, everything


@pytest.mark.django_db
def test_a_link_is_written_on_both_tickets_and_taken_away_from_both(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        outage, printer = world.ticket(subject="Panne réseau"), world.ticket()
        linking.link(printer, other=outage, relation="caused_by", actor=nadia)
        assert printer.links == [["caused_by", outage.pk, outage.number]]
        assert outage.links == [["causes", printer.pk, printer.number]]
        assert outage.timeline().last().kind == "linked"
        linking.unlink(outage, other=printer, actor=nadia)
        assert (printer.timeline().last().kind, outage.timeline().last().kind) == ("unlinked", "unlinked")
        assert Ticket.objects.get(pk=printer.pk).links == Ticket.objects.get(pk=outage.pk).links == []
        for ticket in (printer, outage):
            fresh = Ticket.objects.get(pk=ticket.pk)
            assert fresh.replayed().columns() == fresh.columns()


@pytest.mark.django_db
def test_a_parent_cannot_be_under_its_own_child(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        one, two, three = (world.ticket() for _ in range(3))
        linking.link(two, other=one, relation="parent", actor=nadia)
        linking.link(three, other=two, relation="parent", actor=nadia)
        with pytest.raises(Refused, match=r"under this ticket|est déjà sous"):
            linking.link(one, other=three, relation="parent", actor=nadia)
        with pytest.raises(Refused, match=r"under this ticket|est déjà sous"):
            linking.link(three, other=one, relation="child", actor=nadia)
        with pytest.raises(Refused):
            linking.link(three, other=one, relation="parent", actor=nadia)
        assert Ticket.objects.get(pk=one.pk).version == 2


@pytest.mark.django_db
def test_nobody_links_tickets_of_two_clients_nor_a_ticket_to_itself_nor_twice(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        hers, other, strange = world.ticket(), world.ticket(), world.ticket(world.zoe)
        for wrong in (strange, hers):
            with pytest.raises(Refused):
                linking.link(hers, other=wrong, relation="related", actor=nadia)
        linking.link(hers, other=other, relation="related", actor=nadia)
        with pytest.raises(Conflict):
            linking.link(other, other=hers, relation="causes", actor=nadia)
        with pytest.raises(NotAllowed):
            linking.unlink(hers, other=other, actor=world.as_(world.alice))
        with pytest.raises(Refused):
            actions.move(hers, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))


@pytest.mark.django_db(transaction=True)
def test_two_people_who_link_the_same_tickets_from_both_ends_do_not_block_each_other(world: World) -> None:
    with everything():
        one, two = world.ticket(), world.ticket()
        nadia = world.as_(world.nadia)
    for _round in range(4):
        outcomes: list[str] = []
        ready = threading.Barrier(2)

        def tie(here: int, there: int, ready: Any = ready, outcomes: list[str] = outcomes) -> None:
            try:
                with everything():
                    mine, other = Ticket.objects.get(pk=here), Ticket.objects.get(pk=there)
                    ready.wait(timeout=10)
                    try:
                        linking.link(mine, other=other, relation="parent", actor=nadia)
                        outcomes.append("linked")
                    except Refused:
                        outcomes.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=tie, args=pair) for pair in ((one.pk, two.pk), (two.pk, one.pk))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert sorted(outcomes) == ["linked", "refused"]
        with everything():
            linking.unlink(Ticket.objects.get(pk=one.pk), other=Ticket.objects.get(pk=two.pk), actor=nadia)


@pytest.mark.django_db
def test_the_page_shows_the_other_ticket_and_warns_of_open_children(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    with everything():
        parent, child, strange = world.ticket(), world.ticket(subject="Câble arraché"), world.ticket(world.zoe)
    page = f"/desk/tickets/{parent.number}"
    answer = client.get(f"{page}/others", {"other_words": "arraché"})
    assert child.reference in answer.content.decode()
    assert strange.reference not in client.get(f"{page}/others", {"other_words": str(strange.number)}).content.decode()
    client.post(f"{page}/relations", {"relation": "child", "other": child.number})
    shown = client.get(f"{page}/").content.decode()
    assert f"{child.reference} · Câble arraché" in shown and shown.count("1 ticket enfant") == 2
    refused = client.post(f"{page}/relations", {"relation": "child", "other_words": "abc"})
    assert 'value="abc"' in refused.content.decode()
    assert refused.status_code == 422
    client.post(f"{page}/relations", {"remove": child.number})
    with everything():
        assert Ticket.objects.get(pk=parent.pk).links == []


@pytest.mark.django_db
def test_who_only_reads_cannot_link_and_outsiders_find_nothing(world: World, client: Client) -> None:
    with everything():
        one, two = world.ticket(), world.ticket()
    client.force_login(world.sofia.account)
    assert (
        client.post(f"/desk/tickets/{one.number}/relations", {"relation": "child", "other": two.number}).status_code
        == 403
    )
    client.force_login(world.alice.account)
    assert client.get(f"/desk/tickets/{one.number}/others").status_code == 404
