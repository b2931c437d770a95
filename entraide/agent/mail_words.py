"""The mails that the desk sends, by the names under which people look for them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

NAMES: dict[str, Any] = {
    "acknowledgement": _("The request has arrived"),
    "opened_for_you": _("A request was opened for somebody"),
    "follow_up": _("An answer opened a follow-up request"),
    "merged": _("The request was merged into another one"),
    "unmerged": _("The request was taken out again"),
    "reply": _("Reply to the requester"),
    "resolved": _("The request is resolved"),
    "major_update": _("Major incident: news to the requester"),
    "major_news": _("Major incident: news to those concerned"),
    "major_stood_down": _("Major incident stood down: to its requester"),
    "major_stood_down_follower": _("Major incident stood down: to the requesters of linked tickets"),
    "major_stood_down_news": _("Major incident stood down: to those concerned"),
    "closed": _("The request is closed"),
    "reopened": _("The request is open again"),
    "mentioned": _("Named in an internal note"),
    "requester_wrote": _("The requester has answered"),
    "stranger_wrote": _("Somebody else has answered"),
    "third_party": _("Mail to a third party"),
    "third_party_answered": _("A third party has answered"),
    "third_party_bounced": _("A mail to a third party was not delivered"),
    "reopened_for_you": _("A ticket was reopened"),
    "low_rating": _("A low mark"),
    "assigned": _("A ticket was assigned"),
    "escalated": _("A handover for the team"),
    "returned": _("A handover was sent back"),
    "unsent": _("A technician’s answer by mail was not sent"),
    "bounced": _("A mail was not delivered"),
    "promise_warning": _("A promise is in danger"),
    "promise_missed": _("A promise was missed"),
    "escalation_rule": _("An escalation rule draws attention"),
    "major_declared": _("Major incident declared"),
    "major_update_staff": _("Major incident: news to the desk"),
    "major_stood_down_staff": _("Major incident stood down: to the desk"),
    "major_follower_staff": _("Major incident stood down: to those working on linked tickets"),
    "approval": _("Approval: asked of a requester"),
    "approval_reminder": _("Approval: reminder"),
    "approval_withdrawn": _("Approval: no longer needed"),
    "approval_asked": _("Approval: asked of the desk"),
    "approval_given": _("Approval: approved"),
    "approval_refused": _("Approval: refused"),
    "approval_expired": _("Approval: nobody answered"),
    "contract_ending": _("A contract ends soon"),
    "endpoint_failing": _("A webhook or chat is not reached"),
    "endpoint_switched_off": _("A webhook or chat was switched off"),
}
