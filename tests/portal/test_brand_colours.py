"""A chosen colour can be read wherever it is used; a logo is a picture and nothing else."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide.people.brand_colours import DARK, LIGHT, contrast, read_colour, shades, stylesheet, write_colour
from entraide.people.logos import NotALogo, read_logo
from tests.portal.pictures import jpeg, png, webp

PART = st.integers(0, 255)


@given(st.tuples(PART, PART, PART), st.sampled_from([LIGHT, DARK]))
def test_every_colour_becomes_one_that_can_be_read(colour: tuple[int, int, int], theme: object) -> None:
    found = shades(colour, theme)  # type: ignore[arg-type]
    for ground in (theme.paper, theme.card, found.soft):  # type: ignore[attr-defined]
        assert contrast(found.accent, ground) >= 4.5
        assert contrast(found.hover, ground) >= 4.5
    assert contrast(found.ink, found.accent) >= 4.5


def test_a_colour_that_can_be_read_stays_what_it_is() -> None:
    assert shades((11, 92, 173), LIGHT).is_chosen
    assert not shades((255, 235, 59), LIGHT).is_chosen, "yellow on white"
    assert shades((255, 235, 59), DARK).is_chosen
    assert not shades((11, 92, 173), DARK).is_chosen, "dark blue on night"


@pytest.mark.parametrize("text", ["", "blue", "#12", "#12345", "#gggggg", "#1234567", "red;}", "#0b5cad;"])
def test_what_is_no_colour_is_none(text: str) -> None:
    assert read_colour(text) is None


def test_colours_are_read_as_people_write_them() -> None:
    assert read_colour(" 0B5CAD ") == read_colour("#0b5cad") == (11, 92, 173)
    assert write_colour((11, 92, 173)) == "#0b5cad"


def test_the_stylesheet_holds_colours_alone() -> None:
    rules = stylesheet((200, 30, 60))
    assert rules.count("{") == rules.count("}") == 2
    assert '[data-bs-theme="dark"]' in rules and "--accent: #" in rules
    assert "url" not in rules and "@" not in rules


@pytest.mark.parametrize(
    ("content", "mime"), [(png(640, 90), "image/png"), (jpeg(640, 90), "image/jpeg"), (webp(640, 90), "image/webp")]
)
def test_a_picture_says_what_it_is_and_how_large(content: bytes, mime: str) -> None:
    logo = read_logo(content)
    assert (logo.mime, logo.width, logo.height) == (mime, 640, 90)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "kind"),
        (b"GIF89a" + b"\x00" * 40, "kind"),
        (png()[:40], "kind"),
        (jpeg()[:20], "kind"),
        (webp()[:16], "kind"),
        (b"\x89PNG\r\n\x1a\n", "kind"),
        (b"\xff\xd8\xff", "kind"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "kind"),
        (b"%PDF-1.7" + b"\x00" * 100, "kind"),
        (png(0, 5), "kind"),
        (png(2001, 5), "side"),
        (jpeg(5, 60000), "side"),
        (png() + b"\x00" * 600_000, "bytes"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(NotALogo) as refused:
        read_logo(content)
    assert refused.value.reason == reason


@given(st.binary(max_size=64), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"]))
def test_no_bytes_break_it(content: bytes, start: bytes) -> None:
    with contextlib.suppress(NotALogo):
        read_logo(start + content)
