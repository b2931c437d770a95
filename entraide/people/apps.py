from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "entraide.people"
    label = "people"

    def ready(self) -> None:
        from entraide.people.sign_ins import listen

        listen()
