"""One ticket's story, told from its first word to wherever it stands now."""

from __future__ import annotations

import contextlib
import random
from datetime import datetime, timedelta
from typing import Any, Literal

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.files import store_bytes
from entraide.demo.clock import set_clock
from entraide.demo.forms import FORMS, answered
from entraide.demo.people import CLIENTS, Desk
from entraide.demo.scenarios import (
    ENGLISH,
    FOLDERS,
    GREETINGS,
    RATING_WORDS,
    REOPENINGS,
    RETURNS,
    SCENARIOS,
    THANKS,
    Scenario,
)
from entraide.people.acting import actor_for
from entraide.people.models import Person, Team
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.clock_jobs import tell_what_is_due
from entraide.tickets.filling import open_with_form
from entraide.tickets.form_of import form_of
from entraide.tickets.models import Category, ClockRow, Mode, Ticket
from entraide.tickets.rating import rate
from entraide.tickets.working import log_work

OPEN_FOR = timedelta(days=2)
SATURDAY = 5
CHANNELS = (("mail", 58), ("portal", 22), ("phone", 17), ("desk", 3))
TEAM_OF_LEVEL = {2: ("Systèmes et réseaux", "Applications"), 3: ("Experts",)}
APPLICATIONS = {"Comptabilité", "Dossier médical", "CAO", "Bureautique"}


# Where a ticket stands at the level to which it was handed over.
Standing = Literal["asked", "at work", "on hold"]


class Stop(Exception):
    """The story has reached the present: what comes next has not happened yet."""


class Teller:
    """Tells stories through the verbs, each step at its own time, none later than `end`."""

    def __init__(self, desk: Desk, categories: dict[str, Category], rng: random.Random, end: datetime) -> None:
        self.desk, self.categories, self.rng, self.end = desk, categories, rng, end
        self._actors: dict[int, Actor] = {}
        self._at = end
        self._pace = 1.0
        # Each of them once: two open tickets about the same fault would be one.
        self._unfinished = {
            level: [each for each in SCENARIOS if each.level == level and "sécurité" not in each.tags]
            for level in (2, 3)
        }

    def tell(self, opened_at: datetime) -> None:
        """Tell one ticket's story from `opened_at` on."""
        self._at = opened_at
        set_clock(opened_at)
        scenario, requester = self._scene()
        ticket = self._open(scenario, requester)
        is_recent = self.end - opened_at < OPEN_FOR
        with contextlib.suppress(Stop):
            self._live(ticket, scenario, requester, is_recent=is_recent)
        # Nothing more is done with it, but its promises go on.
        self._tell_of_clocks(self.end)

    def tell_handed_over(self, opened_at: datetime, *, level: int, standing: Standing) -> None:
        """Tell the story of a ticket that has come up to `level` by now: in even steps, whatever the hour."""
        set_clock(opened_at)
        scenario = self._unfinished[level].pop()
        people = [each for each in self._clients_people(scenario) if each.language != "en"]
        requester = self.rng.choice(people)
        ticket = self._open(scenario, requester)
        moments = (opened_at + (self.end - opened_at) * step / 12 for step in range(1, 12))
        by = self._someone_of(ticket.team)
        self._move_to(next(moments))
        actions.take(ticket, actor=self._as(by))
        for reached in range(max(2, ticket.level + 1), level + 1):
            self._move_to(next(moments))
            actions.note(ticket, text=scenario.note, actor=self._as(by))
            self._move_to(next(moments))
            team = self._team_at(reached, scenario)
            handover = {"observed": scenario.note, "tried": scenario.tried, "asked": scenario.asked}
            actions.escalate(ticket, team=team, actor=self._as(by), **handover)
            if reached < level or standing != "asked":
                by = self._someone_of(team)
                self._move_to(next(moments))
                actions.accept(ticket, actor=self._as(by))
        if standing == "on hold":
            self._move_to(next(moments))
            actions.hold(ticket, reason="supplier", actor=self._as(by))
        self._tell_of_clocks(self.end)

    def _clients_people(self, scenario: Scenario) -> list[Person]:
        fitting = [
            client
            for client, known in zip(self.desk.clients, CLIENTS, strict=True)
            if not scenario.trades or known[2] in scenario.trades
        ]
        return self.desk.requesters[self.rng.choice(fitting).pk]

    def _scene(self) -> tuple[Scenario, Person]:
        client = self.rng.choices(range(len(CLIENTS)), [5, 3, 2])[0]
        trade = CLIENTS[client][2]
        fitting = [each for each in SCENARIOS if not each.trades or trade in each.trades]
        # Whole networks fail less often than passwords are forgotten.
        weights = [0.35 if each.impact == 1 else 1.0 for each in fitting]
        people = self.desk.requesters[self.desk.clients[client].pk]
        # The one who signs in as a requester has something to look at.
        asks = people[2] if client == 0 and self.rng.random() < 0.1 else self.rng.choice(people)
        return self.rng.choices(fitting, weights)[0], asks

    def _open(self, scenario: Scenario, requester: Person) -> Ticket:
        subject, text = self._words(scenario, requester)
        channel = self.rng.choices([name for name, _w in CHANNELS], [weight for _n, weight in CHANNELS])[0]
        technician = self.rng.choice(self.desk.technicians["Accueil"])
        by = technician if channel in ("phone", "desk") else requester
        colleagues = [each for each in self.desk.requesters[requester.organisation_id] if each.pk != requester.pk]
        # A mail says what it says; the portal and the desk ask.
        asks = scenario.category if channel != "mail" and scenario.category in FORMS else ""
        return open_with_form(
            requester.organisation,
            requester=requester,
            version=form_of(self.categories[asks]) if asks else None,
            answers=answered(asks, subject, now().date()) if asks else {},
            subject=subject,
            text=text,
            channel=channel,
            kind=scenario.kind,
            # Mail says nothing of the category; whoever takes it does.
            category=self.categories[scenario.category] if channel != "mail" or self.rng.random() < 0.6 else None,
            impact=scenario.impact,
            urgency=scenario.urgency,
            tags=scenario.tags,
            on_behalf_of=self.rng.choice(colleagues) if self.rng.random() < 0.04 else None,
            attachments=(self._picture(),) if self.rng.random() < 0.08 else (),
            actor=self._as(by),
        )

    def _live(self, ticket: Ticket, scenario: Scenario, requester: Person, *, is_recent: bool) -> None:
        # What stops a whole house is not left lying.
        self._pace = 0.3 if (scenario.impact, scenario.urgency) == (1, 1) else 1.0
        first = self._someone_of(ticket.team)
        self._later(minutes=(4, 90) if scenario.urgency > 1 else (2, 25))
        if is_recent and self.rng.random() < 0.3:
            raise Stop
        actions.take(ticket, actor=self._as(first))
        if ticket.category_id is None:
            actions.edit(ticket, changes={"category_id": self.categories[scenario.category].pk}, actor=self._as(first))
        if scenario.note and self.rng.random() < 0.45:
            self._later(minutes=(2, 15))
            actions.note(ticket, text=scenario.note, actor=self._as(first))
        if self.rng.random() < 0.7:
            self._ask(ticket, scenario, requester, first, is_recent=is_recent)
        last = self._climb(ticket, scenario, first)
        self._later(minutes=(15, 60 * 7))
        self._end(ticket, scenario, requester, last)

    def _ask(self, ticket: Ticket, scenario: Scenario, requester: Person, by: Person, *, is_recent: bool) -> None:
        self._later(minutes=(2, 40))
        name = requester.name.split()[0]
        actions.reply(
            ticket,
            text=f"Bonjour {name},\n\n{scenario.question}\n\nMeilleures salutations\n{by.name}",
            actor=self._as(by),
        )
        if self.rng.random() < 0.5:
            actions.hold(ticket, reason="requester", actor=self._as(by))
        if is_recent and self.rng.random() < 0.35:
            raise Stop
        self._later(minutes=(10, 60 * 5))
        actions.answer(
            ticket, text=f"{self.rng.choice(scenario.answers)}\n\n{requester.name}", actor=self._as(requester)
        )
        if self.rng.random() < 0.12:
            self._later(minutes=(5, 60))
            reason = self.rng.choice(("supplier", "third_party"))
            actions.hold(ticket, reason=reason, actor=self._as(by))
            self._later(minutes=(60 * 6, 60 * 40))
            actions.resume(ticket, actor=self._as(by))

    def _climb(self, ticket: Ticket, scenario: Scenario, by: Person) -> Person:
        """Hand the ticket over, level by level, to where it is solved; return who has it then."""
        goal = scenario.level if self.rng.random() < 0.85 else 1
        for level in range(max(2, ticket.level + 1), goal + 1):
            team = self._team_at(level, scenario)
            self._later(minutes=(10, 90))
            handover = {"observed": scenario.note or ticket.subject, "tried": scenario.tried, "asked": scenario.asked}
            actions.escalate(ticket, team=team, actor=self._as(by), **handover)
            receiver = self._someone_of(team)
            self._later(minutes=(5, 80))
            if self.rng.random() < 0.12:
                actions.send_back(ticket, reason=self.rng.choice(RETURNS), actor=self._as(receiver))
                self._later(minutes=(10, 60))
                handover["tried"] += " Complété : nom du poste et heure relevés."
                actions.escalate(ticket, team=team, actor=self._as(by), **handover)
                self._later(minutes=(5, 40))
            actions.accept(ticket, actor=self._as(receiver))
            by = receiver
        return by

    def _end(self, ticket: Ticket, scenario: Scenario, requester: Person, by: Person) -> None:
        self._pace = 1.0
        self._resolve(ticket, scenario, by)
        if self.rng.random() < 0.07:
            self._later(minutes=(60, 60 * 20))
            actions.reopen(ticket, text=self.rng.choice(REOPENINGS), actor=self._as(requester))
            self._later(minutes=(30, 60 * 8))
            self._resolve(ticket, scenario, by)
        if self.rng.random() < 0.55:
            self._later(minutes=(5, 60 * 26))
            actions.confirm(ticket, actor=self._as(requester))
            self._rate(ticket, requester)
        else:
            self._later(minutes=(60 * 24 * 5, 60 * 24 * 5 + 5))
            actions.close(ticket, after_days=5, actor=Actor.system("closing"))

    def _rate(self, ticket: Ticket, requester: Person) -> None:
        # Chance of its own: the stories stay what they are.
        chance = random.Random(f"rating {ticket.number}")
        if chance.random() < 0.45:
            mark = chance.choices((5, 4, 3, 2, 1), (48, 29, 13, 6, 4))[0]
            words = chance.choice(RATING_WORDS[mark]) if chance.random() < 0.5 else ""
            rate(ticket, person=requester, mark=mark, words=words, actor=self._as(requester))

    def _resolve(self, ticket: Ticket, scenario: Scenario, by: Person) -> None:
        self._log_work(ticket, by)
        text = f"Bonjour,\n\n{scenario.resolution}\n\nMeilleures salutations\n{by.name}"
        actions.resolve(ticket, code=scenario.code, text=text, actor=self._as(by))

    def _log_work(self, ticket: Ticket, by: Person) -> None:
        # Chance of its own: the stories stay what they are.
        chance = random.Random(ticket.number)
        minutes = round(chance.lognormvariate(3.1, 0.7) * ticket.level / 5) * 5 or 5
        if ticket.mode == Mode.ON_SITE:
            log_work(ticket, person=by, minutes=chance.choice((20, 25, 40)), activity="travel", actor=self._as(by))
        log_work(ticket, person=by, minutes=min(minutes, 480), actor=self._as(by))

    def _words(self, scenario: Scenario, requester: Person) -> tuple[str, str]:
        if requester.language == "en":
            return self.rng.choice(ENGLISH)
        gaps: dict[str, Any] = {
            "n": self.rng.randint(1, 4),
            "d": self.rng.choice(FOLDERS),
            "l": self.rng.choice(self.desk.requesters[requester.organisation_id]).name.split()[-1],
        }
        subject = self.rng.choice(scenario.subjects).format(**gaps)
        said = self.rng.choice(scenario.texts).format(**gaps)
        return (
            subject,
            f"{self.rng.choice(GREETINGS)}\n\n{said}\n\n{self.rng.choice(THANKS)}\n{requester.name}\n{requester.job_title}",
        )

    def _picture(self) -> FileRef:
        log = f"{self._at.isoformat()} erreur 0x{self.rng.randint(4096, 65535):04X} au chargement du module\n" * 3
        kept = store_bytes(log.encode())
        return FileRef(kept.digest, "journal.txt", "text/plain", kept.size_bytes)

    def _team_at(self, level: int, scenario: Scenario) -> Team:
        names = TEAM_OF_LEVEL[level]
        return self.desk.teams[names[-1] if scenario.category in APPLICATIONS else names[0]]

    def _someone_of(self, team: Team | None) -> Person:
        return self.rng.choice(self.desk.technicians[team.name if team else "Accueil"])

    def _as(self, person: Person) -> Actor:
        if person.pk not in self._actors:
            self._actors[person.pk] = actor_for(person)
        return self._actors[person.pk]

    def _later(self, *, minutes: tuple[int, int]) -> None:
        """Let some time pass; nothing but urgent work happens at night. Raises Stop at the present."""
        minutes_passed = self.rng.randint(*minutes) * self._pace
        self._at += timedelta(minutes=minutes_passed, seconds=self.rng.randint(0, 59))
        if (self._at.hour >= 17 or self._at.weekday() >= SATURDAY) and self.rng.random() < 0.9:
            self._at = self._next_workday().replace(hour=7, minute=self.rng.randint(0, 50))
        self._tell_of_clocks(min(self._at, self.end))
        if self._at >= self.end:
            raise Stop
        set_clock(self._at)

    def _next_workday(self) -> datetime:
        day = self._at + timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        return day

    def _move_to(self, at: datetime) -> None:
        self._at = at
        self._tell_of_clocks(at)
        set_clock(at)

    def go_on_until(self, instant: datetime) -> None:
        """Let time pass: promises are warned of and missed on the way."""
        self._tell_of_clocks(instant)
        set_clock(instant)

    def _tell_of_clocks(self, until: datetime) -> None:
        """Let promises be warned of and missed when they were, not when the demo is loaded."""
        pending = ClockRow.objects.filter(next_alarm_at__lt=until).order_by("next_alarm_at")
        while (at := pending.values_list("next_alarm_at", flat=True).first()) is not None:
            # The sweep comes some seconds later, but before whatever happens next.
            set_clock(min(at + timedelta(seconds=self.rng.randint(1, 9)), until))
            tell_what_is_due()
