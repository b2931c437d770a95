"""Every address of the desk, room by room."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from entraide.config.probes import healthz, metrics, readyz
from entraide.config.security_txt import security_txt

urlpatterns: list[URLPattern | URLResolver] = [path("account/", include("entraide.config.account_urls"))]
urlpatterns += [path(each.__name__, each, name=f"probe_{each.__name__}") for each in (healthz, readyz, metrics)]
urlpatterns.append(path(".well-known/security.txt", security_txt, name="security_txt"))
for _prefix, _room in (("api/v1/", "entraide.api"), ("desk/", "entraide.agent"), ("", "entraide.portal")):
    if find_spec(_room) and find_spec(f"{_room}.urls"):
        urlpatterns.append(path(_prefix, include(f"{_room}.urls")))

handler400 = "entraide.look.errors.bad_request"
handler403 = "entraide.look.errors.forbidden"
handler404 = "entraide.look.errors.not_found"
handler429 = "entraide.look.errors.too_many_requests"
handler500 = "entraide.look.errors.broken"
