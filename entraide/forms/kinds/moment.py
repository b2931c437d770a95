from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.day import PAST
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop

NOT_A_MOMENT = gettext_noop("Write the date and the time as in 2026-03-02T08:00.")


@register
class MomentOfTime(Kind):
    """A day with its time; without an offset, of the zone of whoever answers. Kept in UTC."""

    code = "datetime"
    name = gettext_noop("Date and time")
    icon = "calendar-time"
    input_type = "datetime-local"
    column = "moment"
    settings = ("not_past",)

    def check(self, text: str, of: Field, around: Around) -> Value:
        try:
            read = datetime.fromisoformat(text)
            instant = (read if read.tzinfo else read.replace(tzinfo=around.zone)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Wrong(NOT_A_MOMENT) from error
        if ("T" not in text and " " not in text) or not 1 < instant.year < 9999:
            raise Wrong(NOT_A_MOMENT)
        if of.not_past and instant.astimezone(around.zone).date() < around.today:
            raise Wrong(PAST)
        return instant.replace(second=0, microsecond=0).isoformat()

    def say(self, value: Any, of: Field, words: Words) -> str:
        return words.moment(value)

    def typed(self, value: Any, around: Around) -> list[str]:
        return [datetime.fromisoformat(value).astimezone(around.zone).strftime("%Y-%m-%dT%H:%M")]
