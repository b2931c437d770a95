"""The addresses of the portal."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from entraide.portal import (
    approvals,
    brand,
    catalogue,
    contracts,
    embed,
    files,
    home,
    link,
    live,
    organisation,
    profile,
    requests,
    security,
    tickets,
)

set_language.login_required = False  # type: ignore[attr-defined]

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("suggestions", home.suggestions, name="suggestions"),
    path("language", set_language, name="language"),
    path("me/", profile.profile, name="profile"),
    path("me/security/", security.security, name="security"),
    path("me/security/sessions/ending", security.sessions_end, name="sessions-end"),
    path("me/security/sessions/<int:key>/ending", security.session_end, name="session-end"),
    path("me/copy", profile.copy, name="own-copy"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("brand/<str:key>.css", brand.colours, name="brand-colours"),
    path("brand/<str:key>/logo", brand.logo, name="brand-logo"),
    path("embed/<str:key>", embed.contact, name="embed"),
    path("stream", live.stream, name="stream"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("tickets/new", requests.new, name="new"),
    path("tickets/new/asked", requests.asked, name="asked"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("tickets/<int:number>/", tickets.ticket, name="ticket"),
    path("tickets/<int:number>/answers", tickets.answers, name="answers"),
    path("tickets/<int:number>/confirmation", tickets.confirmation, name="confirmation"),
    path("tickets/<int:number>/reopening", tickets.reopening, name="reopening"),
    path("tickets/<int:number>/rating", tickets.rating, name="rating"),
    path("tickets/<int:number>/attachments/<int:attachment_id>/<str:name>", files.attachment, name="attachment"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<int:key>/", approvals.approval, name="approval"),
    path("approvals/<int:key>/decision", approvals.decision, name="approval-decision"),
    path("a/<str:token>/", approvals.linked, name="approval-link"),
    path("a/<str:token>/decision", approvals.linked_decision, name="approval-link-decision"),
    path("t/<str:token>/", link.ticket, name="link"),
    path("t/<str:token>/answers", link.answers, name="link-answers"),
    path("t/<str:token>/confirmation", link.confirmation, name="link-confirmation"),
    path("t/<str:token>/reopening", link.reopening, name="link-reopening"),
    path("t/<str:token>/rating", link.rating, name="link-rating"),
    path("t/<str:token>/attachments/<int:attachment_id>/<str:name>", link.attachment, name="link-attachment"),
]
