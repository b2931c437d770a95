"""What the people of the desk are told: one kind each, with the channels it goes by until somebody chooses others."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.registry import Registry


@dataclass(frozen=True)
class Kind:
    """One kind. `sentence` has the placeholders actor, team, promise, due, rule, mark, day and then; `template` is the mail's."""

    code: str
    name: str | Promise
    icon: str
    sentence: str | Promise
    template: str
    in_console: bool = True
    by_mail: bool = True
    in_browser: bool = True
    # Told to a browser at once, also where it saves its battery, and of no use the next day.
    is_pressing: bool = False
    # What it tells of: a ticket, a contract, an endpoint, or the audit.
    about: str = "ticket"


kinds: Registry[Kind] = Registry("kinds of notification")

ASSIGNED = kinds.register(
    Kind(
        "assigned",
        _("A ticket is assigned to me"),
        "user-plus",
        _("%(actor)s assigned this ticket to you."),
        "assigned",
    )
)
MENTIONED = kinds.register(
    Kind("mentioned", _("I am named in a note"), "at", _("%(actor)s named you in a note."), "mentioned")
)
HANDOVER = kinds.register(
    Kind("handover", _("A handover for my team"), "arrow-up-right", _("%(actor)s hands over to %(team)s."), "escalated")
)
HANDOVER_RETURNED = kinds.register(
    Kind(
        "handover_returned", _("My handover was sent back"), "arrow-back-up",
        _("%(actor)s sent the handover back."), "returned",
    )
)  # fmt: skip
REQUESTER_ANSWERED = kinds.register(
    Kind(
        "requester_answered", _("The requester answered"), "message-circle", _("%(actor)s answered."), "requester_wrote"
    )
)
STRANGER_ANSWERED = kinds.register(
    Kind(
        "stranger_answered", _("Somebody who is not on the ticket answered"), "user-question",
        _("%(actor)s, who is not on this ticket, answered."), "stranger_wrote",
    )
)  # fmt: skip
THIRD_PARTY_ANSWERED = kinds.register(
    Kind(
        "third_party_answered", _("A third party answered"), "building-store",
        _("%(actor)s, a third party, answered."), "third_party_answered",
    )
)  # fmt: skip
REOPENED = kinds.register(
    Kind("reopened", _("My ticket was reopened"), "refresh", _("%(actor)s reopened this ticket."), "reopened_for_you")
)
UNDELIVERABLE = kinds.register(
    Kind("undeliverable", _("A mail could not be delivered"), "mail-x", _("A mail could not be delivered."), "bounced")
)
PROMISE_IN_DANGER = kinds.register(
    Kind(
        "promise_in_danger", _("A promise is in danger"), "alert-triangle",
        _("%(promise)s is in danger: due %(due)s."), "promise_warning", by_mail=False, is_pressing=True,
    )
)  # fmt: skip
PROMISE_MISSED = kinds.register(
    Kind(
        "promise_missed", _("A promise was missed"), "alarm", _("%(promise)s was missed: due %(due)s."),
        "promise_missed", by_mail=False, is_pressing=True,
    )
)  # fmt: skip  # fmt: skip
ESCALATION_RULE = kinds.register(
    Kind(
        "escalation_rule", _("An escalation rule"), "stairs-up",
        _("The rule “%(rule)s” asks for your attention."), "escalation_rule", is_pressing=True,
    )
)  # fmt: skip
MAJOR_INCIDENT = kinds.register(
    Kind(
        "major_incident", _("A major incident"), "urgent", _("%(actor)s declared a major incident."), "major_declared",
        is_pressing=True,
    )
)  # fmt: skip
APPROVAL_ASKED = kinds.register(
    Kind(
        "approval_asked", _("An approval is asked of me"), "help-hexagon",
        _("%(actor)s asks for your approval."), "approval_asked",
    )
)  # fmt: skip
APPROVAL_ANSWERED = kinds.register(
    Kind(
        "approval_answered", _("An approval that I wait for is answered"), "rosette-discount-check",
        _("%(actor)s approved what was asked."), "approval_given",
    )
)  # fmt: skip
CONTRACT_ENDING = kinds.register(
    Kind(
        "contract_ending", _("A contract comes to its end"), "file-certificate",
        _("The contract ends on %(day)s. %(then)s"), "contract_ending", in_browser=False, about="contract",
    )
)  # fmt: skip
ENDPOINT_FAILING = kinds.register(
    Kind(
        "endpoint_failing", _("A webhook or a chat does not work"), "webhook-off",
        _("What is sent to “%(endpoint)s” does not arrive."), "endpoint_failing", about="endpoint",
    )
)  # fmt: skip

HARMFUL_FILE = kinds.register(
    Kind(
        "harmful_file", _("A harmful file is held back"), "shield-lock",
        _("“%(file)s” is held back: the virus scanner found %(found)s."), "harmful_file",
    )
)  # fmt: skip

AUDIT_BROKEN = kinds.register(
    Kind(
        "audit_broken", _("The audit does not hold"), "shield-x",
        _("What was written into the audit was changed or removed."), "audit_broken", is_pressing=True, about="audit",
    )
)  # fmt: skip
LOW_RATING = kinds.register(
    Kind("low_rating", _("A requester is not content"), "mood-sad", _("%(actor)s gave %(mark)s of 5."), "low_rating")
)

# What a kind says when another of its mails goes with it.
SENTENCES = {
    "endpoint_switched_off": _("“%(endpoint)s” was switched off: nothing arrived there any more."),
    "major_update_staff": _("There is news of the major incident."),
    "major_stood_down_staff": _("%(actor)s stood the major incident down: it was none after all."),
    "approval_refused": _("%(actor)s refused what was asked."),
    "approval_expired": _("What was asked to be approved was not answered in time."),
    "approval_withdrawn": _("Your approval is no longer needed."),
    "major_follower_staff": _("What this ticket followed was no major incident after all: it is on its own again."),
}

# What a rule's line says where the entry of the rule tells why.
WITH_REASON = _("The rule “%(rule)s” asks for your attention: %(why)s.")
