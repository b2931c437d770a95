from __future__ import annotations

from django.apps import AppConfig


class EntranceConfig(AppConfig):
    name = "entraide.entrance"
    label = "entrance"
