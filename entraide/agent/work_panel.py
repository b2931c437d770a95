"""The panel of time spent on a ticket: what was logged, the quick entry, one's own timer."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate

from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.people.queries import technicians
from entraide.sla.durations import say_duration
from entraide.tickets.models import Activity, Mode, Ticket
from entraide.tickets.timers import minutes_of, seconds_of, timer_on
from entraide.tickets.working import minutes_by_person, work_on


def work_panel(request: Any, found: Ticket, *, box: str = "", refused: Refused | None = None) -> dict[str, Any]:
    """Return what the panel shows; two queries, and the technicians for who may log for others."""
    at = now()
    may_log = request.actor.may("ticket.log_work", found)
    for_others = request.actor.may("ticket.log_work_of_others", found)
    rows = work_on(found)
    timer = timer_on(found, person_id=request.person.pk) if may_log else None
    minutes = minutes_of(timer, at) if timer else None
    said = {"minutes": say_duration(minutes) if minutes else "", "day": localdate(at).isoformat()}
    said["activity"] = Activity.ON_SITE if found.mode == Mode.ON_SITE else Activity.REMOTE
    if refused is not None and box == "work":
        said.update({name: request.POST.get(name, "") for name in ("minutes", "day", "activity", "text", "person")})
    return {
        "may_log": may_log,
        "work_rows": [
            {
                "row": row,
                "duration": say_duration(row.minutes),
                "may_withdraw": may_log and (for_others or row.person_id == request.person.pk),
            }
            for row in rows
        ],
        "worked": say_duration(found.worked_minutes) if found.worked_minutes else "",
        "work_by_person": [(name, say_duration(m)) for name, m in minutes_by_person(rows).items()],
        "work_said": said,
        "work_people": technicians() if may_log and for_others else [],
        "activities": Activity.choices,
        "timer": timer,
        "timer_seconds": seconds_of(timer, at) if timer else 0,
        "timer_is_doubtful": timer is not None and minutes is None,
        "work_refused": refused if box in ("work", "work_withdrawal") else None,
        "work_is_open": box == "work",
    }
