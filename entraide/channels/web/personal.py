"""The tries of a contact form, by the address that was given."""

from __future__ import annotations

from entraide.channels.web.models import FormTry
from entraide.core.personal import About, lets_go


@lets_go
def forget_tries(about: About) -> None:
    """Let go of what was counted under their addresses."""
    FormTry.objects.filter(sender__in=about.addresses).delete()
