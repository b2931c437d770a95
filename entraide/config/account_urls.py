"""What stands under /account/: signing in and out, passwords, second factors. The pages are allauth's, the templates ours."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic.base import RedirectView

from entraide.look.errors import not_found
from entraide.portal.organisation_sign_in import lead
from entraide.portal.second_factors import PasskeyRemoval

# Addresses belong to the directory: what allauth would do with its own list of them is closed.
CLOSED = (
    "email/", "confirm-email/", "confirm-email/<str:key>/", "3rdparty/", "3rdparty/signup/", "social/signup/", "social/connections/",
)  # fmt: skip
# One page shows what protects an account; allauth's own lists lead there.
LED_ON = ("2fa/", "2fa/webauthn/")

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(each, not_found) for each in CLOSED),
    *(path(each, RedirectView.as_view(pattern_name="portal:security")) for each in LED_ON),
    path("organisation/", lead, name="account_organisation"),
    path("2fa/webauthn/keys/<int:pk>/remove/", PasskeyRemoval.as_view()),
    path("", include("allauth.urls")),
]
