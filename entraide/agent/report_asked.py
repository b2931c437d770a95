"""What a report is asked about: read from the address, refused in words where it makes no sense."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from entraide.agent.access import typed_number
from entraide.core.clock import now
from entraide.people.models import Organisation, Team
from entraide.reports.levels import OUTCOMES, AskedStays
from entraide.reports.longest_waits import Cause
from entraide.reports.months import BadMonth, Month
from entraide.reports.promises import Asked, reached_organisations
from entraide.sla.metrics import METRICS
from entraide.sla.models import Agreement
from entraide.sla.promises import PRIORITIES

CAUSES = ("handover", "untaken", "hold", "answer", "work")


@dataclass(frozen=True)
class Question:
    """What the address asks about, the rows that it names, and what is wrong with it, as sentences."""

    asked: Asked
    stays: AskedStays
    agreement: Agreement | None
    organisation: Organisation | None
    team: Team | None
    cause: Cause | None
    problems: list[str]

    @property
    def month(self) -> Month:
        return self.asked.month

    @property
    def query(self) -> dict[str, str]:
        """What every link of the page keeps: the month, the agreement, the organisation."""
        kept = {"agreement": self.asked.agreement_id, "organisation": self.asked.organisation_id}
        return {"month": str(self.month), **{name: str(value) for name, value in kept.items() if value is not None}}


def read_question(request: Any) -> Question:
    """Return what the address asks; the month is the present one unless it says another."""
    sent = request.GET
    problems: list[str] = []
    month = _month(sent.get("month", ""), problems)
    unknown_agreement = _("There is no such agreement. Choose one of the list.")
    agreement = _row(Agreement.objects.all(), sent.get("agreement", ""), unknown_agreement, problems)
    unknown_organisation = _("There is no such organisation. Choose one of the list.")
    organisation = _row(
        reached_organisations(request.actor), sent.get("organisation", ""), unknown_organisation, problems
    )
    team_text = sent.get("team", "")
    unknown_team = _("There is no such team.")
    team = None if team_text == "0" else _row(Team.objects.all(), team_text, unknown_team, problems)
    level = _one_of(sent.get("level", ""), (0, 1, 2, 3), problems)
    organisation_id = organisation.pk if organisation else None
    state = _word(sent.get("state", ""), ("met", "missed"), problems)
    return Question(
        asked=Asked(
            month=month,
            agreement_id=agreement.pk if agreement else None,
            organisation_id=organisation_id,
            metric=_word(sent.get("metric", ""), METRICS, problems),
            level=level,
            priority=_one_of(sent.get("priority", ""), PRIORITIES, problems),
            outcome="met" if state == "met" else "missed" if state == "missed" else None,
        ),
        stays=AskedStays(
            month=month,
            organisation_id=organisation_id,
            level=level,
            team_id=0 if team_text == "0" else team.pk if team else None,
            outcome=_word(sent.get("ending", ""), OUTCOMES, problems),
        ),
        agreement=agreement,
        organisation=organisation,
        team=team,
        cause=_cause(sent.get("cause", ""), problems),
        problems=problems,
    )


def write_cause(cause: Cause) -> str:
    """Return a cause as addresses say it: "untaken-1", "hold-2-change_window"."""
    return "-".join(filter(None, (cause.kind, str(cause.level), cause.reason)))


def _month(text: str, problems: list[str]) -> Month:
    present = Month.of(now(), zone=get_current_timezone())
    if not text.strip():
        return present
    try:
        return Month.read(text)
    except BadMonth:
        problems.append(
            _("“%(text)s” is not a month; write it as in %(example)s.") % {"text": text[:40], "example": present}
        )
        return present


def _row(rows: QuerySet[Any], text: str, unknown: str, problems: list[str]) -> Any:
    if not text.strip():
        return None
    key = typed_number(text)
    found = rows.filter(pk=key).first() if key is not None else None
    if found is None:
        problems.append(unknown)
    return found


def _one_of(text: str, known: Collection[int], problems: list[str]) -> int | None:
    if not text:
        return None
    number = typed_number(text)
    if number is None or number not in known:
        problems.append(_unknown(text))
        return None
    return number


def _word(text: str, known: Collection[str], problems: list[str]) -> str:
    if text and text not in known:
        problems.append(_unknown(text))
        return ""
    return text


def _cause(text: str, problems: list[str]) -> Cause | None:
    if not text:
        return None
    name, _dash, rest = text.partition("-")
    level, _dash, reason = rest.partition("-")
    for kind in CAUSES:
        if kind == name and level in ("1", "2", "3") and len(reason) <= 40:
            return Cause(kind, int(level), reason)  # type: ignore[arg-type]
    problems.append(_unknown(text))
    return None


def _unknown(text: str) -> str:
    return _("“%(text)s” means nothing to this report; start again from its first page.") % {"text": text[:40]}
