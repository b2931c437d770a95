"""What a person was told, and how they want to be told."""

from __future__ import annotations

from collections.abc import Iterator

from entraide.core.personal import About, Piece, lets_go, tells_of_people
from entraide.notifications.models import ChannelChoice, Notification, QuietHours


@tells_of_people
def tell_of_notifications(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give what they were told, and what they chose."""
    told = Notification.objects.filter(person=about.person_id).order_by("pk").values("created_at", "kind", "read_at")
    chosen = ChannelChoice.objects.filter(person=about.person_id).values("kind", "in_console", "by_mail", "in_browser")
    quiet = QuietHours.objects.filter(person=about.person_id).values("begins", "ends", "days")
    if rows := {"told": list(told), "chosen": list(chosen), "quiet_hours": list(quiet)}:
        yield Piece("notifications.json", data=rows)


@lets_go
def forget_notifications(about: About) -> None:
    """Let go of all of it."""
    Notification.objects.filter(person=about.person_id).delete()
    ChannelChoice.objects.filter(person=about.person_id).delete()
    QuietHours.objects.filter(person=about.person_id).delete()
