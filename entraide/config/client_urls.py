"""What is served under the host name of a client: the way in, and the portal. The desk and the API have none there."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from entraide.config.security_txt import security_txt
from entraide.config.urls import handler400, handler403, handler404, handler500

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("entraide.config.account_urls")),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("", include("entraide.portal.urls")),
]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
