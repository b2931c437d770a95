"""From one colour to those that can be read: pure arithmetic after WCAG 2.2 (relative luminance, contrast of 4.5 to 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

Colour = tuple[int, int, int]
BLACK, WHITE = (10, 22, 35), (255, 255, 255)
READABLE = 4.5
_HEX = re.compile(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Theme:
    """What lies under the words: `paper` is the page, `card` what lies on it; `away` is where colours go to be read."""

    paper: Colour
    card: Colour
    away: Colour
    softness: float


# As look.css has them.
LIGHT = Theme((245, 246, 248), (255, 255, 255), (0, 0, 0), 0.1)
DARK = Theme((18, 23, 30), (26, 33, 43), (255, 255, 255), 0.18)


@dataclass(frozen=True)
class Shades:
    """`accent` can be read on page, card and `soft`; `ink` on `accent`; `is_chosen`: it is the very colour that was asked for."""

    accent: Colour
    ink: Colour
    soft: Colour
    hover: Colour
    is_chosen: bool


def read_colour(text: str) -> Colour | None:
    """Return the colour that "#0b5cad" names, or None."""
    found = _HEX.fullmatch(text.strip())
    return (int(found[1], 16), int(found[2], 16), int(found[3], 16)) if found else None


def write_colour(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def shades(colour: Colour, theme: Theme) -> Shades:
    """Return the colour as it is used in a theme: moved just as far as it must be to be read there."""
    soft = _mix(theme.card, colour, theme.softness)
    steps = (_mix(colour, theme.away, step / 50) for step in range(51))
    accent = next(each for each in steps if _is_readable(each, theme, soft))
    return Shades(
        accent=accent,
        ink=max((BLACK, WHITE), key=lambda ink: contrast(ink, accent)),
        soft=soft,
        hover=_mix(accent, theme.away, 0.22),
        is_chosen=accent == colour,
    )


def stylesheet(colour: Colour, *, light: str = ":root", dark: str = '[data-bs-theme="dark"]') -> str:
    """Return the rules that give a page its colour; `light` and `dark` select what is in each theme."""
    return f"{light} {{ {_rules(shades(colour, LIGHT))} }}\n{dark} {{ {_rules(shades(colour, DARK))} }}\n"


def _rules(found: Shades) -> str:
    triple = ", ".join(map(str, found.accent))
    rules = {
        "--accent": write_colour(found.accent),
        "--accent-ink": write_colour(found.ink),
        "--accent-soft": write_colour(found.soft),
        "--tblr-primary": write_colour(found.accent),
        "--tblr-primary-rgb": triple,
        "--tblr-link-color": write_colour(found.accent),
        "--tblr-link-color-rgb": triple,
        "--tblr-link-hover-color": write_colour(found.hover),
    }
    return " ".join(f"{name}: {value};" for name, value in rules.items())


def _is_readable(colour: Colour, theme: Theme, soft: Colour) -> bool:
    return all(contrast(colour, ground) >= READABLE for ground in (theme.paper, theme.card, soft))


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
