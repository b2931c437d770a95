"""Where the front-end assets are that npm fetched."""

from __future__ import annotations

from pathlib import Path

from entraide.config.environment import CHECKOUT
from entraide.core.trouble import Trouble

PACKAGES = {
    "tabler/css": "@tabler/core/dist/css",
}


def node_modules() -> Path:
    return CHECKOUT / "node_modules"


def static_dirs() -> list[tuple[str, Path]]:
    """Return the folders that static files come from, each with its prefix; those not fetched yet are left out."""
    found = [(prefix, node_modules() / folder) for prefix, folder in PACKAGES.items()]
    return [(prefix, folder) for prefix, folder in found if folder.is_dir()]


def require_assets() -> None:
    """Raise Trouble, saying what to do, unless everything is there."""
    missing = [folder for folder in PACKAGES.values() if not (node_modules() / folder).is_dir()]
    if missing:
        raise Trouble("The front-end assets are missing: run `make install`.")
