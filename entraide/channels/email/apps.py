from __future__ import annotations

from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "entraide.channels.email"
    label = "email"
