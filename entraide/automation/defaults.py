"""The three rules that a new desk begins with."""

from __future__ import annotations

from typing import Any


def add_defaults(apps: Any) -> None:
    """Write them with the models of `apps` (a migration's or the real ones), unless there is a rule already."""
    model = apps.get_model("automation", "EscalationRule")
    if model.objects.exists():
        return
    model.objects.create(
        name="Résolution à 75 %, P1 et P2 → coordination", position=10, trigger="percent", metric="resolution",
        percent=75, priorities=[1, 2], recipients=["role:coordinator"],
    )  # fmt: skip
    model.objects.create(
        name="Promesse manquée → responsable", position=20, trigger="missed", recipients=["role:manager"]
    )
    # Until there is a rota, nobody is on call and the coordinators are told instead.
    model.objects.create(
        name="P1 sans personne depuis 10 min → piquets N2 et N3", position=30, trigger="unassigned", minutes=10,
        priorities=[1], recipients=["rota:level:2", "rota:level:3"],
    )  # fmt: skip
