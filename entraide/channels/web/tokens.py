"""What a contact form carries instead of a cookie: that we made it, for which form, and when."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.core import signing
from django.utils.translation import gettext as _

from entraide.core.events import Refused

SALT = "entraide.channels.web"
# Nobody reads and fills the form in less; who comes after half a day gets a new one with their words in it.
AT_LEAST = timedelta(seconds=3)
AT_MOST = timedelta(hours=12)


def token_for(form_id: int) -> str:
    """Return what a form of this kind carries; each is one of its own."""
    return signing.dumps([form_id, secrets.token_urlsafe(9)], salt=SALT)


def read_token(token: str, *, form_id: int) -> str:
    """Return what makes this form one of its own. Raises Refused for one that is not ours, too old or too quick."""
    try:
        owner, mark = signing.loads(token, salt=SALT, max_age=AT_MOST)
    except signing.SignatureExpired as error:
        raise Refused(_("This form was open for very long. Look at it once more, then send it again.")) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Refused(_("This form could not be read. Look at it once more, then send it again.")) from error
    if owner != form_id:
        raise Refused(_("This form could not be read. Look at it once more, then send it again."))
    if _is_younger(token, AT_LEAST):
        raise TooQuick(_("That was very quick. Look at it once more, then send it again."))
    return str(mark)


class TooQuick(Refused):
    """The form came back sooner than a person fills it in; the same one may be sent again."""


def _is_younger(token: str, age: timedelta) -> bool:
    try:
        signing.loads(token, salt=SALT, max_age=age)
    except signing.SignatureExpired:
        return False
    return True
