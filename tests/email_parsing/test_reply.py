"""What a person wrote is never lost; what they quote is set aside where that is sure."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide.channels.email.parsing.reply import Reply, split_reply, split_reply_html

SETTINGS = settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LINES = st.sampled_from(
    [
        "", " ", "Bonjour,", "Merci", "> cité", "> > plus loin", ">", "--", "-- ", "Jean Dupont", "+41 22 555 01 02",
        "Le 3 mars 2026 à 10:12, X <x@y.example> a écrit :", "Le 3 mars 2026 à 10:12, X a", "écrit :", "Am 03.03.26 um 10:12 schrieb X:",
        "On Tue, Mar 3, 2026 at 10:12 AM X <x@y.example> wrote:", "De : X <x@y.example>", "Envoyé : mardi 3 mars 2026 10:12", "À : Jean",
        "Objet : VPN", "Von: X", "Gesendet: 3. März 2026 10:12", "An: Y", "Betreff: Z", "From: X", "Sent: Tuesday 10:12", "To: Y", "Subject: Z",
        "_" * 32, "-----Message d'origine-----", "---------- Forwarded message ---------", "##- Répondez au-dessus de cette ligne -##",
        "> ##- Reply above this line -##", "Envoyé de mon iPhone", "Sent from my phone", "mes réponses ci-dessous", "\u200b", "\xa0",
    ]
) | st.text(max_size=30)  # fmt: skip


def words(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]


def is_in_order(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in part)


@SETTINGS
@given(st.lists(LINES, max_size=30))
def test_each_line_is_kept_once_and_in_its_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    reply = split_reply(text)
    parts = [words(reply.new), words(reply.quoted), words(reply.signature)]
    assert sorted(line for part in parts for line in part) == sorted(words(text))
    for part in parts:
        assert is_in_order(part, words(text))
    assert bool(words(reply.new)) == bool(words(text))


@SETTINGS
@given(
    st.lists(
        st.sampled_from(["Un mot à moi.", "Encore un.", "", "> leur question", "> et la suite", "Oui", "-- jamais"]),
        max_size=12,
    )
)
def test_no_line_of_ones_own_is_ever_taken_for_a_quote(lines: list[str]) -> None:
    text = "\n".join(["Le 3 mars 2026 à 10:12, X <x@y.example> a écrit :", "> leur question", *lines])
    reply = split_reply(text)
    own = [line for line in lines if line.strip() and not line.startswith(">")]
    assert [line for line in words(reply.new) if line in own] == own


TAIL = "\n\nBonjour,\nest-ce réglé ?"
ABOVE = "C'est réglé, merci.\n\nJean"
OPENINGS = [
    "Le mar. 3 mars 2026 à 10:12, Support <support@desk.example> a écrit :",
    "Le\xa03 mars 2026 à 10:12, Support <support@desk.example> a\xa0écrit\xa0:",
    "Le mardi 3 mars 2026 à 10:12:33 UTC+1, Support <support@desk.example> a écrit :",
    "Le 2026-03-03T10:12:00.000+01:00, Support <support@desk.example> a\nécrit :",
    "On Tue, Mar 3, 2026 at 10:12 AM Support <\nsupport@desk.example>\nwrote:",
    "On 3 Mar 2026, at 10:12, Support <support@desk.example> wrote:",
    "On Tuesday, March 3rd, 2026 at 10:12 AM, Support <support@desk.example> wrote:",
    "Am Di., 3. März 2026 um 10:12 Uhr schrieb Support <\nsupport@desk.example>:",
    "Am 03.03.2026 um 10:12 schrieb Support <support@desk.example>:",
    "Il giorno mar 3 mar 2026 alle ore 10:12 Support <support@desk.example> ha scritto:",
    "2026-03-03 10:12 GMT+01:00 Support <support@desk.example>:",
    "De : Support <support@desk.example>\nEnvoyé : mardi 3 mars 2026 10:12\nÀ : Jean\nObjet : VPN",
    "*De :* Support <support@desk.example>\n*Envoyé :* mardi 3 mars 2026 10:12\n*À :* Jean\n*Cc :* Ana;\n Bo\n*Objet :* VPN",
    "De : Support <support@desk.example>\nDate : mardi, 3 mars 2026 à 10:12\nÀ : Jean\nObjet : VPN",
    "________________________________\nDe: Support\nEnvoyé: mardi 3 mars 2026 10:12:01\nÀ: Jean\nObjet: VPN",
    "From: Support\nSent: Tuesday, March 3, 2026 10:12 AM\nTo: Jean\nSubject: VPN",
    "Von: Support\nGesendet: Dienstag, 3. März 2026 10:12\nAn: Jean\nBetreff: VPN",
    "Von: Support\nDatum: Dienstag, 3. März 2026 um 10:12\nAn: Jean\nBetreff: VPN",
    "-----Message d'origine-----\nDe : Support\nEnvoyé : mardi",
    "-----Original Message-----\nFrom: Support",
    "-----Ursprüngliche Nachricht-----\nVon: Support",
    "-------- Message d’origine --------\nDe : Support",
    "##- Répondez au-dessus de cette ligne -##",
    "##- Reply above this line -##",
    "##- Répondez au-dessus de cette ligne / Reply above this line -##",
    "Le 03/03/2026 à 10:12, Support a écrit :\n##- Reply above this line -##",
]


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_quote_is_known_by_how_mail_programs_begin_it(opening: str) -> None:
    reply = split_reply(f"{ABOVE}\n\n{opening}{TAIL}", languages=("fr", "en", "de", "it"))
    assert reply == Reply(ABOVE, f"{opening}{TAIL}", "")


@pytest.mark.parametrize(
    "opening",
    [
        *OPENINGS,
        "Le 03/03/2026 à 10:12, Support a écrit :",
        "On 3/3/26 10:12, Support wrote:",
        "Am 03.03.26 um 10:12 schrieb Support:",
    ],
)
def test_a_quote_with_its_marks_is_set_aside(opening: str) -> None:
    quote = f"{opening}\n\n> Bonjour,\n>\n> est-ce réglé ?\n>> avant"
    assert split_reply(f"{ABOVE}\n{quote}\n", languages=("fr", "en", "de", "it")) == Reply(ABOVE, quote, "")


@pytest.mark.parametrize("opening", OPENINGS)
def test_nothing_but_a_quote_stays_whole(opening: str) -> None:
    assert split_reply(f"\n{opening}{TAIL}", languages=("fr", "en", "de", "it")).new == f"{opening}{TAIL}"


@pytest.mark.parametrize(
    "text",
    [
        "Le 3 mars le serveur est tombé et le directeur a écrit :\nquelle honte",
        "Le directeur a écrit :\nquelle honte",
        "Bonjour\nLe 3 mars 2026 à 10:12, le serveur a écrit :\nERREUR 42",
        "Demande de voyage\n\nDe : Genève\nÀ : Paris\nDate : 3 mars\nObjet : réunion\n\nMerci",
        "Deux choses\n--\nla première\n--\nla seconde",
        "Les étapes :\n> menu Démarrer",
        "J'ai tapé\n-----\net rien",
        "Total\n________________________________\n42",
        "Meilleures salutations\nJean Dupont\n+41 22 555 01 02",
        "Envoyé depuis le poste de Marie",
        "La facture a été\nEnvoyé de mon iPhone\npuis rien",
        "Mes réponses sont ci-dessous en rouge\n\nDe : X <x@y.example>\nEnvoyé : mardi 3 mars 2026 10:12\nÀ : Z\nObjet : VPN\n\nQuelle version ? La 11.2",
        "See my answers inline.\n\nOn Tue, Mar 3, 2026 at 10:12 AM X <x@y.example> wrote:\nWhich version? 11.2",
        "A\n> q1\nB\n> q2\n> q3",
        "A\n\nLe 3 mars 2026 à 10:12, X <x@y.example> a écrit :\n> q1\nB",
        "Transmis pour avis\n\n-------- Message transféré --------\nSujet : x\nDate : 3 mars 2026 10:12\nDe : X <x@y.example>\nPour : Y\n\ntexte",
    ],
)  # fmt: skip
def test_what_is_not_sure_stays_with_the_reply(text: str) -> None:
    assert split_reply(text) == Reply(text, "", "")


def test_the_last_lines_of_ones_own_do_not_go_with_a_wrapped_opening() -> None:
    reply = split_reply("Le serveur est tombé.\nLe 3 mars 2026 à 10:12, Jean\nDupont <j@x.example> a écrit :\n> toto")
    assert reply.new == "Le serveur est tombé."


def test_an_answer_below_the_quote_is_the_reply() -> None:
    reply = split_reply("Am 03.03.26 um 10:12 schrieb X:\n> Welche?\n> Seit wann?\n\nDie 11.2.\n\n-- \nHans")
    assert reply == Reply("Die 11.2.", "Am 03.03.26 um 10:12 schrieb X:\n> Welche?\n> Seit wann?", "-- \nHans")


@pytest.mark.parametrize(
    "line",
    [
        "Envoyé de mon iPhone", "Envoyé depuis mon iPad", "Envoyé à partir de Outlook pour Android", "Envoyé à partir d'Outlook pour iOS",
        "Envoyé depuis l’application Mail Orange", "Obtenez Outlook pour iOS<https://aka.ms/x>", "Sent from my iPhone", "Sent from my Samsung Galaxy smartphone.",
        "Sent from Yahoo Mail on Android", "Sent from Outlook for iOS (https://aka.ms/x)", "Get Outlook for Android<https://aka.ms/x>", "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android", "Gesendet mit der GMX Mail App", "Holen Sie sich Outlook für iOS", "Provenance : Courrier pour Windows", "Inviato da iPhone",
    ],
)  # fmt: skip
def test_the_line_of_a_telephone_is_a_signature(line: str) -> None:
    assert split_reply(f"Oui.\n\n{line}\n") == Reply("Oui.", "", line)


def test_two_dashes_without_their_blank_need_an_address_or_a_number_below() -> None:
    assert split_reply("Oui.\n--\nJean\n+41 22 555 01 02").signature == "--\nJean\n+41 22 555 01 02"
    assert split_reply("Oui.\n--\nou non").signature == ""


def test_a_megabyte_of_anything_takes_a_moment() -> None:
    for line in (
        "> x",
        "De : x@y.example",
        "Le 3 mars :",
        "wrote:",
        "_" * 32,
        "-- ",
        "##- x -##",
        "On 3 :\n",
        "a" * 60,
    ):
        started = time.process_time()
        split_reply(f"{line}\n" * (1_000_000 // len(line)))
        assert time.process_time() - started < 5, line


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">Le 3 mars, X a écrit :</div><blockquote class="gmail_quote">q</blockquote></div>',
        '<blockquote type="cite"><div>Le 3 mars, X a écrit :</div><div>q</div></blockquote>',
        '<div class="moz-cite-prefix">Le 3 mars, X a écrit :</div><blockquote type="cite">q</blockquote>',
        '<div class="yahoo_quoted">q</div>',
        '<div class="ydp12yahoo_quoted">q</div>',
        '<div class="protonmail_quote">q</div>',
        '<div class="x_gmail_quote">q</div>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De :</b> X</div><div>q</div>',
        '<div id="x_divRplyFwdMsg"><b>De :</b> X</div><div>q</div>',
        '<div style="border:none;border-top:solid #B5C4DF 1.0pt"><p><b>From:</b> X</p></div><p>q</p>',
        "<div data-entraide-reply-line>##- Reply above this line -##</div><p>q</p>",
        "<p>##- Répondez au-dessus de cette ligne -##</p><p>q</p>",
    ],
)  # fmt: skip
def test_the_html_of_a_quote_is_cut_off(quote: str) -> None:
    new, quoted = split_reply_html(f"<html><body><p>Oui</p>{quote}</body></html>")
    assert new == "<html><body><p>Oui</p></body></html>"
    assert quoted is not None
    assert quoted.startswith(quote)


@pytest.mark.parametrize(
    "html",
    [
        '<blockquote type="cite">q</blockquote>',
        '<p>Oui</p><blockquote type="cite">q1</blockquote><p>ma réponse</p><blockquote type="cite">q2</blockquote>',
        '<p>Oui</p><blockquote type="cite">q1</blockquote><img src="cid:x">',
        '<p>a</p><div class="gmail_quote"><blockquote>q1</blockquote><div>ma réponse</div><blockquote>q2</blockquote></div>',
        '<p>FYI</p><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: X</div>texte</div>',
        '<p>Réponses en rouge</p><div id="divRplyFwdMsg">De : X</div><p>q <span style="color:red">r</span></p>',
        '<p>Oui</p><div style="border-top:solid #E1E1E1 1.0pt">Encadré</div><p>suite</p>',
        "<p>Oui</p><blockquote>une citation que je fais</blockquote>",
        "<p>Oui",
        "",
    ],
)
def test_html_stays_whole_where_a_cut_is_not_sure_to_be_right(html: str) -> None:
    assert split_reply_html(html) == (html, None)


@SETTINGS
@given(
    st.lists(
        st.sampled_from(['<div class="gmail_quote">', "</div>", '<blockquote type="cite">', "</blockquote>", "été", "<p>", "<!--", "<br>",
                         '<div id="appendonsend">', "##- x -##", "<a href='", "<", "</body>"]),
        max_size=25,
    )
)  # fmt: skip
def test_no_word_of_any_html_is_lost(pieces: list[str]) -> None:
    html = "".join(pieces)
    new, quoted = split_reply_html(html)
    assert new.count("été") + (quoted or "").count("été") == html.count("été")


def test_megabytes_of_html_take_a_moment() -> None:
    for piece in (
        '<blockquote type="cite">',
        '<div style="border-top:solid #E1E1E1 1.0pt">x',
        "<div class='gmail_quote'></div>",
        "x<p>",
    ):
        html = "<p>mot</p>" + piece * (2_000_000 // len(piece))
        started = time.process_time()
        split_reply_html(html)
        assert time.process_time() - started < 10, piece
