"""One field of each kind with answers that fit and some that do not: the kit of tests runs over all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from entraide.forms.field import Choice, Field
from entraide.forms.kinds import Around

AROUND = Around(
    people={"alice@helvetia.example": 7, "7": 7},
    sites={"3": 3},
    zone=ZoneInfo("Europe/Zurich"),
    today=date(2026, 3, 2),
    region="CH",
)
COLOURS = (Choice("red", "Rouge", "Red"), Choice("blue", "Bleu", "Blue"))


@dataclass(frozen=True)
class Sample:
    """`typed` as a page sends it, `value` as it is kept; `wrong` are texts and `wrong_json` values that are refused."""

    field: Field
    typed: tuple[str, ...]
    value: Any
    wrong: tuple[str, ...] = ()
    wrong_json: tuple[Any, ...] = ()


SAMPLES = [
    Sample(Field("tag", "text", "Étiquette", mask="AA-999"), ("  PC-042 ",), "PC-042", ("PC042", "12-042"), (42, ["x"])),
    Sample(Field("why", "long_text", "Pourquoi", longest=20), ("Deux\nlignes",), "Deux\nlignes", ("x" * 21, "\x00"), (1,)),
    Sample(Field("size", "number", "Taille", unit="Go", minimum=1, maximum=2000), ("1'024,5",), 1024.5, ("beaucoup", "0", "2001", "nan"), ("12", True)),
    Sample(Field("vip", "yes_no", "Urgent"), ("yes",), True, ("maybe",), ("yes", 1)),
    Sample(Field("colour", "choice", "Couleur", choices=COLOURS), ("red",), "red", ("green",), (1, ["red"])),
    Sample(Field("colours", "choices", "Couleurs", choices=COLOURS), ("blue", "red"), ["red", "blue"], ("green",), ("red", [1])),
    Sample(Field("start", "date", "Début", not_past=True), ("2026-03-02",), "2026-03-02", ("2026-02-30", "demain", "2026-03-01"), (20260302,)),
    Sample(Field("at", "datetime", "Quand"), ("2026-03-02T08:00",), "2026-03-02T07:00:00+00:00", ("2026-03-02", "tôt"), (8,)),
    Sample(Field("who", "person", "Qui"), ("Alice@helvetia.example",), 7, ("bob@helvetia.example",), (8, "7", True)),
    Sample(Field("where", "site", "Où"), ("3",), 3, ("4", "Genève"), (4, "3", True)),
    Sample(Field("mail", "email", "Adresse"), ("Alice@Helvetia.example",), "alice@helvetia.example", ("alice", "a@b", "a b@c.ch"), (1,)),
    Sample(Field("phone", "telephone", "Téléphone"), ("022 555 01 01",), "+41225550101", ("12", "appelez-moi"), (22,)),
    Sample(Field("page", "url", "Page"), ("https://www.example.org/a?b=c",), "https://www.example.org/a?b=c", ("javascript:alert(1)", "www.example.org", "https://"), (1,)),
]  # fmt: skip
