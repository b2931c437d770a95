"""What the desk knows of somebody's sign-ins, for who asks what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator

from entraide.core.personal import About, Piece, lets_go, tells_of_people
from entraide.entrance.models import DirectoryGroup, Provisioned, SignIn


@tells_of_people
def tell_of_sign_ins(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give when, from where and how they signed in. It goes with the account."""
    rows = SignIn.objects.filter(account__person=about.person_id)
    found = list(
        rows.values("began_at", "seen_at", "ended_at", "way", "with_factor", "address", "user_agent", "ending")
    )
    if found:
        yield Piece("sign-ins.json", data=found)


@lets_go
def leave_the_directory(about: About) -> None:
    """Keep nothing of what the directory of their organisation calls them, nor of its groups."""
    Provisioned.objects.filter(person=about.person_id).delete()
    DirectoryGroup.members.through.objects.filter(person=about.person_id).delete()
