"""The two calendars and the two agreements that a new desk begins with."""

from __future__ import annotations

from typing import Any

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
WEEK = (*WORKDAYS, "sat", "sun")
OFFICE_HOURS = "Heures ouvrables"
ROUND_THE_CLOCK = "24/7"
OFFICE = "Heures ouvrables"
ALWAYS_FOR_P1 = "24/7 P1"

# Minutes for P1 to P4 (None: not promised): (metric, level, kind) → minutes.
TARGETS: dict[tuple[str, int, str], tuple[int | None, ...]] = {
    ("first_response", 0, ""): (30, 60, 240, 480),
    ("next_response", 0, ""): (60, 120, 480, 960),
    ("resolution", 0, ""): (240, 480, 1440, 2880),
    ("resolution", 0, "request"): (480, 960, 2400, 4800),
    ("update_rhythm", 0, ""): (60, None, None, None),
    ("on_site_arrival", 0, ""): (240, 480, 960, 1920),
    ("take_over", 2, ""): (15, 30, 120, 240),
    ("take_over", 3, ""): (15, 30, 120, 240),
    ("in_hand", 1, ""): (30, 60, 240, 480),
}


def office_hours(zone: str) -> dict[str, Any]:
    """Return office hours with the public holidays of Geneva (as an example, where the zone is Swiss)."""
    document: dict[str, Any] = {
        "tz": zone,
        "hours": {day: [["08:00", "12:00"], ["13:30", "18:00"]] for day in WORKDAYS},
    }
    if zone == "Europe/Zurich":
        document["holidays"] = {"country": "CH", "subdivision": "GE"}
    return document


def round_the_clock(zone: str) -> dict[str, Any]:
    return {"tz": zone, "hours": {day: [["00:00", "24:00"]] for day in WEEK}}


def targets(*, calendar: int, calendar_for_p1: int) -> list[dict[str, Any]]:
    """Return the worked targets; P1 may have hours of its own."""
    return [
        {
            "metric": metric,
            "level": level,
            "kind": kind,
            "priority": priority,
            "minutes": minutes,
            "calendar": calendar_for_p1 if priority == 1 else calendar,
        }
        for (metric, level, kind), row in TARGETS.items()
        for priority, minutes in enumerate(row, start=1)
        if minutes is not None
    ]


def add_defaults(apps: Any, *, zone: str, at: Any) -> None:
    """Write them with the models of `apps` (a migration's or the real ones), unless there is an agreement already."""
    agreement_model = apps.get_model("sla", "Agreement")
    if agreement_model.objects.exists():
        return
    calendar_model = apps.get_model("sla", "CoverageCalendar")
    ids = {}
    for name, document in ((OFFICE_HOURS, office_hours(zone)), (ROUND_THE_CLOCK, round_the_clock(zone))):
        calendar = calendar_model.objects.create(name=name)
        version = apps.get_model("sla", "CalendarVersion").objects.create(
            calendar=calendar, number=1, document=document, published_at=at
        )
        ids[name] = (calendar.pk, version.pk)
    office, always = ids[OFFICE_HOURS], ids[ROUND_THE_CLOCK]
    for name, p1, is_default in ((OFFICE, office, True), (ALWAYS_FOR_P1, always, False)):
        agreement = agreement_model.objects.create(name=name, is_default=is_default)
        apps.get_model("sla", "AgreementVersion").objects.create(
            agreement=agreement,
            number=1,
            published_at=at,
            document={
                "matrix": [[1, 2, 3], [2, 3, 3], [3, 3, 4]],
                "vip_raise": 1 if name == ALWAYS_FOR_P1 else 0,
                "warn_percent": 75,
                "targets": targets(calendar=office[0], calendar_for_p1=p1[0]),
                "calendars": {str(key): version for key, version in {office, p1}},
            },
        )
