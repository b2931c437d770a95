"""The sample mails, and ways to write others."""

from __future__ import annotations

from pathlib import Path

from entraide.channels.email.parsing.message import ParsedMail, parse

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.eml"))


def raw(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def sample(name: str) -> ParsedMail:
    return parse(raw(name))


def mail(body: bytes | str = "Bonjour\n", **headers: str) -> bytes:
    """Return a mail with these headers (`Content_Type="…"`) above the usual ones."""
    usual = {
        "From": "Jean <jean@client.example>",
        "Date": "Tue, 3 Mar 2026 11:05:00 +0100",
        "Message_ID": "<x@client.example>",
    }
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in {**usual, **headers}.items()]
    return "".join(lines).encode() + b"\r\n" + (body.encode() if isinstance(body, str) else body)
