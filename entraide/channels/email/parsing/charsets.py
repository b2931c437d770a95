"""Bytes of text made into text, whatever charset the mail claims."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

LOOK_AT_BYTES = 32_768  # enough to tell a charset; guessing over more costs seconds

NAMES_SEEN = {
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "default": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "gb2312": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "windows-874": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
# Not charsets of mail, and some cost quadratic time.
NOT_OF_MAIL = {
    "idna",
    "punycode",
    "undefined",
    "unicode-escape",
    "raw-unicode-escape",
    "unicode_escape",
    "raw_unicode_escape",
}
MEANS_WINDOWS_1252 = {"ascii", "iso8859-1", "cp1252", "iso8859-15"}
WESTERN = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœßúùûüÿýÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜŸ«»“”„‘’‚‹›–—…•·€£§°²³¹ºª½¼¾×±µ©®™¡¿\xa0\xadšžŠŽ"
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff\ufffe\uffff]")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes, charset: str | None = None) -> tuple[str, str | None]:
    """Return the text of `data`, and what was wrong with the charset: "charset-missing", "charset-unknown",
    "charset-wrong" or None. Never raises; the text may hold control characters but no lone surrogates.
    """
    if not data:
        return "", None
    for bom, name in BOMS:
        if data.startswith(bom):
            return _lossy(data, name), None
    codec = _codec(charset)
    if codec is not None and codec.startswith(("utf-16", "utf-32")) and b"\x00" not in data:
        codec = None  # labelled "unicode" by mailers that mean UTF-8; read as UTF-16 it would be Chinese
    problem = ("charset-unknown" if charset else "charset-missing") if codec is None else None
    if codec is None or codec in MEANS_WINDOWS_1252:
        if data.isascii():
            return _sound(data.decode("ascii")), problem if charset else None
        text = _strict(data, "utf-8")
        if text is not None:
            return text, problem or "charset-wrong"
        if codec is not None and codec != "ascii":
            return _windows_1252(data) if codec != "iso8859-15" else _lossy(data, codec), None
        return guess(data), problem or "charset-wrong"
    text = _strict(data, codec)
    if text is not None:
        return text, problem
    patched = _lossy(data, codec)
    bad = patched.count("\ufffd")
    if codec != "utf-8" or bad * 2 < sum(1 for char in patched[:LOOK_AT_BYTES] if char > "\x7f"):
        return patched, "charset-wrong"
    return guess(data), "charset-wrong"


def guess(data: bytes) -> str:
    """Return the text of `data` of which nothing is known."""
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    western = _windows_1252(data)
    beyond_ascii = {char for char in western[:LOOK_AT_BYTES] if char > "\x7f"}
    # Guessers take short French for Central European or Turkish; what reads as Western European is that.
    if beyond_ascii <= WESTERN:
        return western
    best = from_bytes(data[:LOOK_AT_BYTES]).best()
    if best is not None and _codec(best.encoding) is not None:
        return _lossy(data, best.encoding)
    return western


def sound(text: str) -> str:
    """Return `text` without NULs and other control characters (line feeds and tabs stay), lines ended by LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\x0b", "\n")
    return CONTROL.sub("", _sound(text))


def _codec(charset: str | None) -> str | None:
    name = re.sub(r"[^a-z0-9_.:-]", "", (charset or "").lower())[:40].split("$")[0]
    name = NAMES_SEEN.get(name, name)
    if not name or name in NOT_OF_MAIL:
        return None
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # refuses codecs that are not of text
    except (LookupError, ValueError, TypeError):
        return None
    return None if found.name in NOT_OF_MAIL else found.name


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return _sound(data.decode(codec))
    except (UnicodeError, ValueError):
        return None


def _lossy(data: bytes, codec: str) -> str:
    try:
        return _sound(data.decode(codec, "replace"))
    except (UnicodeError, ValueError):
        return _windows_1252(data)


def _windows_1252(data: bytes) -> str:
    return data.decode("cp1252", "replace")


def _sound(text: str) -> str:
    # UTF-7 and UTF-16 can carry half a character, which no database takes.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
