"""When somebody lost their second factors: the desk takes them away, and says so."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from entraide.audit.writing import Subject, write_down
from entraide.entrance.factors import REAL
from entraide.entrance.jobs import account_mail
from entraide.entrance.mails import OTHERS_WAIT, seal
from entraide.entrance.models import Ending, Grace
from entraide.entrance.sessions import end_all
from entraide.people.acting import find_person
from entraide.people.models import Account


def reset(account: Account) -> int:
    """Take every second factor of this account away; return how many it had.

    It is signed out everywhere and told by mail, and its days of grace begin anew.
    """
    with transaction.atomic():
        factors = Authenticator.objects.filter(user=account)
        n: int = factors.filter(type__in=REAL).count()
        factors.delete()
        Grace.objects.filter(account=account).delete()
        end_all(account, Ending.FACTOR)
        person = find_person(account.person_id)
        write_down(
            "second_factor_removed",
            Subject("people.account", account.pk, account.email),
            organisation_id=person.organisation_id if person else None,
            details={"factor": "all"},
        )
        with override(person.spoken_language if person else settings.LANGUAGE_CODE):
            message = EmailMessage(
                subject=_("Your second factors were taken away"),
                body=_(
                    "The support team took the second factors of your account away, since they were said to be lost. Your password alone signs you in now: set a second factor up again soon, under My data › Account security.\n\nIf you did not ask for this, tell us at once."
                ),
                from_email=settings.DEFAULT_FROM_EMAIL,
                to=[account.email],
            )
            account_mail.defer(sealed=seal(message, waits=OTHERS_WAIT))
    return n
