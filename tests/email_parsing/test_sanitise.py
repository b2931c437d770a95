"""Nothing of a stranger's HTML runs, loads, posts or looks like a part of our page."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide.channels.email.parsing.html_text import html_to_text
from entraide.channels.email.parsing.sanitise import SafeHtml, safe_html, text_to_html
from tests.email_parsing.reading import NAMES, sample

CIDS = {"logo@x": "/files/7/logo.png?a=1&b=2"}
PIXEL = "data:image/png;base64,iVBORw0KGgo="
SETTINGS = settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
REL = 'target="_blank" rel="noopener noreferrer nofollow"'


def safe(html: str, *, allow_remote_images: bool = False) -> str:
    return safe_html(html, allow_remote_images=allow_remote_images, cid_urls=CIDS).html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Bonjour <b>le</b> <i>monde</i></p>", "<p>Bonjour <b>le</b> <i>monde</i></p>"),
        ("<script>alert(1)</script>ok", "ok"),
        ("<style>p{}</style><title>x</title>ok", "ok"),
        ('<p onclick="x()" style="color:red" id="main" class="nav" name="n">ok</p>', "<p>ok</p>"),
        ('<form action="/tickets/1/closure"><input name="x"><button>Go</button></form>', "Go<br>"),
        ('<svg onload="x()"><a xlink:href="javascript:x">ok</a></svg>', f"<a {REL}>ok</a>"),
        ("<math><mtext><p>ok</p></mtext></math>", "<p>ok</p>"),
        ('<iframe src="https://x.example">ok</iframe>', "ok"),
        ('<a href="javascript:alert(1)">ok</a>', f"<a {REL}>ok</a>"),
        ('<a href="jav&#x0A;ascript:alert(1)">ok</a>', f"<a {REL}>ok</a>"),
        ('<a href=" &#14; javascript:alert(1)">ok</a>', f"<a {REL}>ok</a>"),
        ('<a href="vbscript:x">ok</a><a href="data:text/html,x">ok</a>', f"<a {REL}>ok</a><a {REL}>ok</a>"),
        ('<a href="/tickets/42/closure">ok</a>', f"<a {REL}>ok</a>"),
        ('<a href="https://x.example/?a=1&amp;b=2">ok</a>', f'<a href="https://x.example/?a=1&amp;b=2" {REL}>ok</a>'),
        ('<a href="mailto:a@b.example">ok</a>', f'<a href="mailto:a@b.example" {REL}>ok</a>'),
        ('<img src="cid:logo@x" alt="L">', '<img src="/files/7/logo.png?a=1&amp;b=2" alt="L">'),
        ('<img src="CID:<logo@x>">', '<img src="/files/7/logo.png?a=1&amp;b=2" alt="">'),
        ('<img src="cid:other" alt="L">', "[L]"),
        (f'<img src="{PIXEL}" width="3">', f'<img src="{PIXEL}" alt="" width="3">'),
        ('<img src="data:image/svg+xml;base64,PHN2Zz4=">', ""),
        ('<img src="data:text/html;base64,PHN2Zz4=">', ""),
        ('<img src="/admin/logout"><img data-src="javascript:x" src="x">', ""),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "<table><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></tbody></table>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("a < b & c &lt;i&gt; &amp;amp;", "a &lt; b &amp; c &lt;i&gt; &amp;amp;"),
        ("<!--[if mso]><b>x</b><![endif]-->ok<![if !mso]>!<![endif]>", "ok!"),
        ("<o:p>ok</o:p>", "ok"),
        ("<div><p>non fermé", "<div><p>non fermé</p></div>"),
        ("</div></td></table>ok", "ok"),
        ('<base href="https://x.example"><meta http-equiv="refresh" content="0">ok', "ok"),
    ],
)  # fmt: skip
def test_only_harmless_markup_is_left(html: str, expected: str) -> None:
    assert safe(html) == expected


def test_remote_images_wait_until_they_are_asked_for() -> None:
    html = '<img src="https://x.example/a.png" alt="Plan"><img src="//x.example/b.png">'
    assert safe_html(html, allow_remote_images=False, cid_urls={}) == SafeHtml(
        '<img data-src="https://x.example/a.png" alt="Plan"><img data-src="https://x.example/b.png" alt="">', 2
    )
    shown = safe_html(html, allow_remote_images=True, cid_urls={})
    assert shown.blocked_images == 0
    assert shown.html.count(' src="https://x.example/') == 2
    assert shown.html.count('referrerpolicy="no-referrer"') == 2


@pytest.mark.parametrize(
    "words",
    ["www.bank.example", "https://bank.example/login", "<b>bank</b>.example", "BANK.example ", "voir bank.example"],
)
def test_a_link_that_names_another_host_shows_where_it_leads(words: str) -> None:
    assert 'title="https://evil.example/x"' in safe(f'<a href="https://evil.example/x">{words}</a>')


@pytest.mark.parametrize("words", ["evil.example", "https://www.evil.example/y", "cliquez ici"])
def test_a_link_that_names_its_own_host_or_none_is_left_alone(words: str) -> None:
    assert "title" not in safe(f'<a href="https://evil.example/x">{words}</a>')


PIECES = st.sampled_from(
    ["<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<a href='javascript:x'>", "<a href=https://x.example>", "</a>", "<b", ">", "<", '"', "'",
     "<!--", "-->", "<![CDATA[", "<script>", "</script>", "<style>", "<svg>", "<math>", "<img src=x onerror=x>", "<img src=cid:logo@x>", "mot", "&lt;",
     "&", "&#x3c;", "<template>", "<noscript>", "<textarea>", "</textarea>", "<title>", "<xmp>", "<plaintext>", "<select>", "\x00", "\ufdd0",
     "<img src='data:image/png;base64,AAAA'>", "<li>", "<ul>", "<form>", "<input onfocus=x autofocus>", "<h1>", "<pre>", "\n", "/", "=", " "]
) | st.text(max_size=5)  # fmt: skip
ELEMENT = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z-]+=\"[^\"<>]*\")*)>")
ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
HARMLESS = {"href", "title", "target", "rel", "src", "data-src", "alt", "width", "height", "loading", "referrerpolicy", "colspan", "rowspan", "align",
            "valign", "start", "type", "span", "reversed", "dir", "lang"}  # fmt: skip


@SETTINGS
@given(st.lists(PIECES, max_size=25))
def test_whatever_is_sent_comes_out_as_harmless_elements(pieces: list[str]) -> None:
    html = safe("".join(pieces))
    assert "<" not in ELEMENT.sub("", html)
    for _, name, attributes in ELEMENT.findall(html):
        assert name not in (
            "script",
            "style",
            "svg",
            "math",
            "form",
            "input",
            "iframe",
            "object",
            "textarea",
            "title",
            "template",
        )
        for attribute, value in ATTRIBUTE.findall(attributes):
            assert attribute in HARMLESS
            assert attribute != "href" or value.startswith("https://x.example")
            assert attribute != "src" or value.startswith(("/files/7/logo.png", "data:image/png;base64,"))


@SETTINGS
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "<div>",
                "<table>",
                "<tr>",
                "<td>",
                "mot ",
                "</td>",
                "</table>",
                "</p>",
                "<a>",
                "<!--",
                "<li>",
                "<b>",
                "<svg>",
            ]
        ),
        max_size=30,
    )
)
def test_no_word_is_lost_on_the_way(pieces: list[str]) -> None:
    html = "".join(pieces)
    assert safe(html).count("mot") == html.count("mot")
    assert html_to_text(html).count("mot") == html.count("mot")


@pytest.mark.parametrize("name", NAMES)
def test_the_samples_can_be_shown(name: str) -> None:
    html = sample(name).body_html
    if html is not None:
        assert safe(safe(html)) == safe(html)


HOSTILE = {
    "nested": "<div>" * 1_000_000,
    "comments": "<!--" * 1_200_000,
    "fonts": "<p>" + "".join(f"<font color={n}><b>" for n in range(100_000)) + "</p>" + "<p>x" * 300_000,
    "quotes": '<a href="' * 500_000,
    "tables": "<table><tr><td>" * 300_000,
    "out of their table": "<table>" + "<p>x" * 500_000,
    "ampersands": "&" * 5_000_000,
    "attributes": "<a " + "x=1 " * 1_000_000 + ">y",
    "tags": "<" * 5_000_000,
    "lists": "<ul><li>" * 500_000,
    "links": "<a href=https://x.example>" * 190_000,
    "ordinary": "<div><p style='color:red'>Bonjour <b>le</b> monde<br></p></div>" * 80_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_megabytes_of_anything_take_a_moment(name: str) -> None:
    started = time.process_time()
    safe(HOSTILE[name])
    html_to_text(HOSTILE[name])
    assert time.process_time() - started < 25


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bonjour <b>\nà tous\n\n\nsuite", "<p>Bonjour &lt;b&gt;<br>\nà tous</p>\n<p>suite</p>"),
        ("voir https://x.example/a?b=1&c=2.", '<p>voir <a href="https://x.example/a?b=1&amp;c=2" {}>https://x.example/a?b=1&amp;c=2</a>.</p>'),
        ("(https://x.example/)", '<p>(<a href="https://x.example/" {}>https://x.example/</a>)</p>'),
        ("https://x.example/a_(b)", '<p><a href="https://x.example/a_(b)" {}>https://x.example/a_(b)</a></p>'),
        ("écrire à a@b.example.", '<p>écrire à <a href="mailto:a@b.example" {}>a@b.example</a>.</p>'),
        ("javascript:alert(1) \"x\"", "<p>javascript:alert(1) &quot;x&quot;</p>"),
        ("", ""),
    ],
)  # fmt: skip
def test_text_becomes_html_with_links(text: str, expected: str) -> None:
    assert text_to_html(text) == expected.replace("{}", 'rel="noopener noreferrer nofollow" target="_blank"')
