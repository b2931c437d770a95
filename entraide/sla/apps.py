from __future__ import annotations

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "entraide.sla"
    label = "sla"
