"""How often a contact form may be sent: by one address (a whole office may share one), and altogether."""

from __future__ import annotations

from datetime import timedelta

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from entraide.channels.web.models import ContactForm, FormTry
from entraide.core.clock import now
from entraide.core.events import Refused

BY_ONE_ADDRESS, WITHIN = 20, timedelta(minutes=10)
ALTOGETHER, OF_ALL_WITHIN = 120, timedelta(hours=1)
KEPT = timedelta(days=1)


class TooOften(Refused):
    """Later it can be sent again."""


def count_try(form: ContactForm, address: str) -> None:
    """Note that the form is sent from this network address. Raises TooOften where that is one time too many."""
    at = now()
    sender = salted_hmac("entraide.channels.web.limits", address).hexdigest()[:32]
    tries = FormTry.objects.filter(form=form)
    tries.filter(at__lt=at - KEPT).delete()
    if (
        tries.filter(sender=sender, at__gt=at - WITHIN).count() >= BY_ONE_ADDRESS
        or tries.filter(at__gt=at - OF_ALL_WITHIN).count() >= ALTOGETHER
    ):
        raise TooOften(_("This form has been sent very often just now. Send it again in a few minutes."))
    FormTry.objects.create(organisation_id=form.organisation_id, form=form, sender=sender, at=at)
