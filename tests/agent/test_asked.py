"""What is typed into the search field, read: it never raises, and what was read reads back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide.tickets.asked import Asked, Condition, Mistake, Word, read
from entraide.tickets.asked_operators import NAMES
from entraide.tickets.asked_times import Days, Named, Time, Within, read_time

TODAY = date(2026, 11, 25)
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = st.one_of(
    st.sampled_from(
        ["-", '"', ":", ",", " ", "or", "OU", "..", "<2h", "N2", "imprimante", "10:30", "http://x", "\x00", "é"]
    ),
    st.sampled_from(sorted(NAMES)).map(lambda name: f"{name}:"),
    st.text(max_size=8),
)


@CALM
@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(" ".join)))
def test_nothing_typed_raises_and_what_was_read_reads_back(text: str) -> None:
    asked = read(text)
    again = read(str(asked))
    assert again.groups == asked.groups
    assert not again.mistakes
    read(text, words_only=True)


@CALM
@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_no_time_raises(text: str) -> None:
    read_time(text, today=TODAY)


def groups(text: str) -> tuple[tuple[object, ...], ...]:
    return read(text).groups


def test_words_phrases_and_operators_stand_side_by_side() -> None:
    assert groups('imprimante "deuxième étage" -toner org:helvetia -is:waiting p:1,2') == (
        (Word("imprimante"),),
        (Word("deuxième étage", is_phrase=True),),
        (Word("toner", is_negated=True),),
        (Condition("org", ("helvetia",)),),
        (Condition("is", ("waiting",), is_negated=True),),
        (Condition("priority", ("1", "2")),),
    )


def test_either_will_do_where_or_stands_between() -> None:
    assert groups("is:late or is:major wifi OU réseau or") == (
        (Condition("is", ("late",)), Condition("is", ("major",))),
        (Word("wifi"), Word("réseau")),
        (Word("or"),),
    )


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("est:en-attente", "is:waiting"), ("est:non-assigné", "is:unassigned"), ("niveau:n2", "level:N2"),
        ("priorité:P1", "priority:1"), ("PRIORITE:p1", "p:1"), ('équipe:"Accueil"', "team:Accueil"), ("état:résolu", "status:resolved"),
        ("demandeur:alice", "from:alice"), ("assigné:moi", "assignee:moi"), ("canal:courriel", "channel:mail"),
        ("avec:pièce-jointe", "has:attachment"), ("échéance:<2h", "due:<2h"), ("créé:<7j", "opened:<7j"),
    ],
)  # fmt: skip
def test_french_names_mean_the_same(french: str, english: str) -> None:
    assert read(french).groups == read(english).groups != ()


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("lvel:N2 wifi", Mistake("operator", "lvel", "N2", ("level",))),
        ("level:N9 wifi", Mistake("value", "level", "N9")),
        ("wifi org:", Mistake("empty", "org")),
        ("wifi is:", Mistake("empty", "is")),
    ],
)
def test_a_mistake_is_named_and_the_rest_is_read(text: str, mistake: Mistake) -> None:
    assert read(text) == Asked(((Word("wifi"),),), (mistake,))


@pytest.mark.parametrize("text", ["Re: imprimante", "http://intra.example/x", "C:\\Temp", "10:30", "Erreur: disque"])
def test_what_people_paste_stays_words(text: str) -> None:
    assert read(text).mistakes == ()
    assert all(isinstance(part, Word) for group in groups(text) for part in group)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("<2h", Within(timedelta(hours=2))), (">1d", Within(timedelta(days=1), is_more=True)), ("7j", Within(timedelta(days=7))),
        ("2sem", Within(timedelta(days=14))), ("today", Days(TODAY, TODAY)), ("hier", Days(date(2026, 11, 24), date(2026, 11, 24))),
        ("2026-11-01..2026-11-15", Days(date(2026, 11, 1), date(2026, 11, 15))), ("2026-11", Days(date(2026, 11, 1), date(2026, 11, 30))),
        ("..2025", Days(None, date(2025, 12, 31))), (">2026-11-01", Days(date(2026, 11, 2), None)), ("24.12.2026", Days(date(2026, 12, 24), date(2026, 12, 24))),
        ("retard", Named("late")), ("none", Named("none")),
        ("soon", None), ("2026-13-01", None), ("2026-11-15..2026-11-01", None), ("..", None), ("<", None), ("<9999999h", None), ("2h2h", None),
    ],
)  # fmt: skip
def test_times_are_read(text: str, time: Time | None) -> None:
    assert read_time(text, today=TODAY) == time
