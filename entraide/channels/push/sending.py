"""One message to one browser, encrypted for it alone, and what became of it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from entraide.channels.push.keeping import subscription_of
from entraide.channels.push.models import Browser
from entraide.channels.push.vapid import authorization
from entraide.core import outside
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.outside import NoAnswer
from entraide.core.secrets import SecretLost, derived

GONE = (404, 410)
TOO_MANY = 429
# Of the 4096 bytes that push services take, what is around the words needs some.
BODY_AT_MOST = 300
TOPIC_BYTES = 18


@dataclass(frozen=True)
class Message:
    """What a browser shows: few words, `url` where a click leads, and `page` that may be open already.

    Of messages with one `topic` only the newest waits for a browser that is closed, and only the newest stays on the screen.
    """

    title: str
    body: str
    url: str
    page: str
    topic: str
    is_pressing: bool
    keep_for: timedelta

    @property
    def tag(self) -> str:
        """The topic as push services see it: 24 characters that say nothing."""
        return base64.urlsafe_b64encode(derived(TOPIC_BYTES, purpose=f"push topic {self.topic}")).decode()

    @property
    def payload(self) -> bytes:
        body = self.body if len(self.body) <= BODY_AT_MOST else self.body[: BODY_AT_MOST - 1] + "…"
        said = {"title": self.title, "body": body, "url": self.url, "page": self.page, "tag": self.tag}
        return json.dumps(said, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Outcome:
    """How an attempt went: arrived, or worth another one, or neither. `error` is in words for people."""

    went: bool
    error: str = ""
    is_worth_another: bool = False
    wait: timedelta = timedelta()


def send(browser: Browser, message: Message) -> Outcome:
    """Send a message once and note on the browser that it arrived; one that is no more is forgotten."""
    try:
        subscription = subscription_of(browser)
        body = _encrypted(message.payload, p256dh=subscription.p256dh, auth=subscription.auth)
        headers = {
            "Authorization": authorization(subscription.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(message.keep_for.total_seconds())),
            "Urgency": "high" if message.is_pressing else "normal",
            "Topic": message.tag,
            "User-Agent": "Entraide",
            "Connection": "close",
        }
        answer = outside.post(subscription.endpoint, body, headers=headers)
    except SecretLost:
        # Encrypted with another secret key than today's: it can only subscribe anew.
        browser.delete()
        return Outcome(went=False)
    except (outside.BadAddress, NoAnswer) as error:
        # A name may be found again, and a service answer.
        return Outcome(went=False, error=str(error), is_worth_another=True)
    reach("push.sent")
    if answer.is_success:
        Browser.objects.filter(pk=browser.pk).update(used_at=now(), error="", failed_at=None)
        return Outcome(went=True)
    if answer.status in GONE:
        # By its key and keys: it may have subscribed anew meanwhile.
        Browser.objects.filter(pk=browser.pk, subscription=browser.subscription).delete()
        return Outcome(went=False)
    return Outcome(
        went=False,
        error=_("Its push service answered with the status %(status)d.") % {"status": answer.status},
        is_worth_another=answer.status == TOO_MANY or answer.status >= 500,
        wait=answer.asked_pause,
    )


def give_up(browser: Browser, error: str) -> None:
    """Note on the browser why a message did not arrive."""
    Browser.objects.filter(pk=browser.pk).update(error=error[:300], failed_at=now())


def _encrypted(payload: bytes, *, p256dh: str, auth: str) -> bytes:
    # Here and not above: it brings an HTTP client along that only a worker pays for, and that is not used.
    from pywebpush import WebPusher

    pusher = WebPusher({"endpoint": "", "keys": {"p256dh": p256dh, "auth": auth}})
    body: bytes = pusher.encode(payload, content_encoding="aes128gcm")["body"]
    return body
