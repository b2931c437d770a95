"""From the figures and codes of a notification to words, in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entraide.channels.email.approvals import until_in_words
from entraide.look import times
from entraide.look.dates import date_format
from entraide.notifications.kinds import SENTENCES, WITH_REASON, kinds
from entraide.notifications.models import Notification
from entraide.people.models import Person
from entraide.sla.metrics import METRICS
from entraide.tickets.events.rules import HierarchicallyEscalated
from entraide.tickets.names import Names


def sentence_of(notification: Notification, *, names: Names, now: datetime) -> str:
    """Return what happened, as one sentence in the current language. A kind that nobody knows any more is its code."""
    if notification.kind not in kinds:
        return notification.kind
    words = notification.words
    due = _instant(words)
    sentence = SENTENCES.get(notification.template, kinds.get(notification.kind).sentence)
    if why := _why(notification):
        sentence = WITH_REASON
    return str(sentence) % {
        "why": why,
        "actor": _actor(notification),
        "team": names.team(words.get("team")),
        "promise": _promise(words),
        "due": times.deadline(due, now=now) if due else "",
        "rule": words.get("rule", ""),
        "mark": words.get("mark", ""),
        "day": _day(words, "day"),
        "then": _then(words),
        "file": words.get("file", ""),
        "found": words.get("found", ""),
        "endpoint": notification.endpoint.name if notification.endpoint else "",
    }


def mail_facts(words: Mapping[str, Any], *, person: Person) -> dict[str, str]:
    """Return what `words` add to a mail, in the language and the time zone of its reader."""
    zone = ZoneInfo(person.organisation.time_zone)
    with translation.override(person.spoken_language), timezone.override(zone):
        due = _instant(words)
        return {
            "promise": _promise(words),
            "due": date_format(timezone.localtime(due), "l j F, H:i") if due else "",
            "rule": str(words.get("rule", "")),
            "day": _day(words, "day"),
            "then": _then(words),
            "until": until_in_words(datetime.fromisoformat(words["until"]) if words.get("until") else None, person),
        }


def _why(notification: Notification) -> str:
    """Return why a rule spoke, if one did: which promise or silence, and since when."""
    event = notification.entry.event if notification.entry else None
    return event.why() if isinstance(event, HierarchicallyEscalated) else ""


def _promise(words: Mapping[str, Any]) -> str:
    """Return what was promised; several are named one after the other, as in "First response, In hand (N1)"."""
    others = (code.split(":") for code in words.get("also", ()))
    named = [(words.get("promise", ""), words.get("level") or 0), *((metric, int(level)) for metric, level in others)]
    return ", ".join(_promise_name(code, level) for code, level in named)


def _promise_name(code: str, level: int) -> str:
    name = _(METRICS[code].name) if code in METRICS else str(code)
    return f"{name} (N{level})" if level else name


def _instant(words: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(words["due"]) if words.get("due") else None


def _day(words: Mapping[str, Any], name: str) -> str:
    return date_format(date.fromisoformat(words[name]), "j F Y") if words.get(name) else ""


def _then(words: Mapping[str, Any]) -> str:
    """Return what can be done about the end of a contract, and what comes of doing nothing; nothing for other news."""
    if "renews" not in words:
        return ""
    months = words.get("renews")
    goes_on = ngettext(
        "Without notice it is renewed by itself, for %(n)d month.",
        "Without notice it is renewed by itself, for %(n)d months.",
        months or 0,
    )
    said = [goes_on % {"n": months} if months else _("It is not renewed by itself.")]
    if words.get("notice"):
        said.insert(0, _("Notice is due by %(day)s.") % {"day": _day(words, "notice")})
    return " ".join(said)


def _actor(notification: Notification) -> str:
    entry = notification.entry
    if entry is None:
        return _("Entraide")
    if entry.actor_person is not None:
        return entry.actor_person.name
    event: Any = entry.event
    return getattr(event, "from_name", "") or getattr(event, "from_email", "") or _("Entraide")
