"""Which browser it is, in two words that its owner knows it by."""

from __future__ import annotations

from django.utils.translation import gettext as _

# The more particular first: nearly all of them call themselves Chrome and Safari, too.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Vivaldi", "Vivaldi"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrom", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def name_of(user_agent: str) -> str:
    """Return "Firefox, Linux", or as much of it as can be told."""
    known = [next((name for mark, name in each if mark in user_agent), "") for each in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, known)) or _("A browser")
