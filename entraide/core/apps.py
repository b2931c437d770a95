from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "entraide.core"
    label = "core"

    def ready(self) -> None:
        # Events, kinds, reactions and what forgets register themselves when they are imported; what is
        # not imported would be silently deaf.
        autodiscover_modules("events", "reactions", "jobs", "oblivion", "personal")
