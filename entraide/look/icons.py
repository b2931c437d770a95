"""Tabler's icons, inlined: no request, no font; how they are drawn is said once, by `.icon` in look.css."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).resolve().parents[2] / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_EMPTY = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


@cache
def icon_svg(name: str) -> SafeString:
    """Return the outline icon `name` as SVG, hidden from screen readers. Raises FileNotFoundError for an unknown name."""
    found = _SHAPES.search((FOLDER / f"{name}.svg").read_text())
    shapes = " ".join(found.group(1).replace(_EMPTY, "").split()) if found else ""
    return mark_safe(  # the file is Tabler's, installed with its hash
        f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{shapes}</svg>'
    )
