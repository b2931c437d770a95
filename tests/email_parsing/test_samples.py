"""What is understood of mails as the programs around us write them."""

from __future__ import annotations

import pytest

from entraide.channels.email.parsing.message import Address
from entraide.channels.email.parsing.reply import split_reply, split_reply_html
from tests.email_parsing.reading import NAMES, sample

# What the person wrote, apart from quote and signature.
NEW = {
    "apple_mail_fr_image_between_texts": "Voici l’erreur :\net elle revient chaque matin.\n\nJean",
    "apple_mail_fr_reply": "Parfait, merci !",
    "gmail_de_reply": "Grüezi\n\nDer Drucker läuft wieder.\n\nFreundliche Grüsse\nJürg",
    "gmail_en_reply": "It works now, thanks.",
    "gmail_fr_reply": "Bonjour,\n\nAprès redémarrage cela fonctionne, merci beaucoup pour votre aide et pour la rapidité."
    "\n\nCordialement,\nJean Dupont",
    "iphone_de_reply": "Nein, leider nicht.",
    "iphone_fr_reply": "Oui c’est réglé 👍",
    "outlook_2003_fr": "C’est bon pour moi.",
    "outlook_de_reply": "Guten Tag\n\nDanke, das Netz läuft wieder für alle.\n\nFreundliche Grüsse\nHans Weber",
    "outlook_desktop_html": "Bonjour,\n\nLe poste redémarre tout seul.",
    "outlook_en_ios": "Still broken.",
    "outlook_fr_android": "Toujours en panne malgré le redémarrage.",
    "outlook_fr_reply": "Bonjour,\n\nL’accès fonctionne à nouveau, coût : 10 €.\n\nMeilleures salutations\n\nMarie Favre\n"
    "Comptabilité | +41 22 555 44 33",
    "outlook_web_fr_html": "Il manque encore le lecteur P:",
    "protonmail_en": "Please call me.",
    "reply_above_our_line": "Tout fonctionne, vous pouvez fermer.\n\nSupport Entraide a envoyé ceci :",
    "samsung_fr": "Le scanner est en panne aussi.",
    "thunderbird_fr_answer_below": "C'est un Dell U2723, acheté en janvier, et la panne dure depuis que nous avons déménagé.",
    "thunderbird_fr_html": "Tout va bien maintenant.",
    "yahoo_fr": "Bonjour, le problème persiste.",
}
# Nothing may be cut: answers between the lines, forwards, nothing but a quote.
WHOLE = ("gmail_fr_inline_answers", "thunderbird_de_between", "forward_gmail_en", "forward_apple_fr", "only_a_quote")
SIGNATURES = {
    "gmail_en_reply": "-- \nAnn Lee\nIT buyer, Client Ltd\n+41 22 555 01 02",
    "iphone_fr_reply": "Envoyé de mon iPhone",
    "iphone_de_reply": "Von meinem iPhone gesendet",
    "outlook_en_ios": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "outlook_fr_android": "Télécharger Outlook pour Android<https://aka.ms/AAb9ysg>",
    "samsung_fr": "Envoyé depuis mon appareil Galaxy",
    "thunderbird_fr_answer_below": "-- \nJean Dupont",
    "thunderbird_fr_html": "-- \nJean",
    "protonmail_en": "Sent with Proton Mail (https://proton.me) secure email.",
}
TEXTS = {
    "alternative_in_mixed": "Bonjour\nPied de page ajouté par la liste",
    "base64_damaged": "Bonjour à tous, le réseau est coupé.\nMerci d'avance",
    "base64_label_on_plain_text": "Bonjour, ceci n'est pas du base64 du tout.\nMerci de rappeler.",
    "boundary_end_missing": "Le texte",
    "boundary_missing": "Tout le texte est ici.",
    "boundary_wrong": "Le texte",
    "charset_missing": "L’imprimante est cassée à l’étage, coût 10 €",
    "charset_unknown": "Größere Störung in Zürich",
    "charset_wrong_ascii": "Problème réglé à Genève",
    "charset_wrong_utf8": "Problème réglé à Genève",
    "empty_body": "",
    "flowed_delsp": "Un paragraphe qui continue ici.\n> cité qui continue\n\n-- \nJean",
    "html_only_meta_charset": "Příliš\n\nVoir la page (https://intranet.client.example/panne)\n\n- un\n- deux",
    "lone_carriage_returns": "ligne un\nligne deux",
    "mbox_line": "texte",
    "nested_rfc822": "Voir le message joint.",
    "no_headers": "Bonjour : le VPN ne marche pas.\nMerci",
    "nul_bytes": "Texte avec NUL",
    "quoted_printable_damaged": "Prix = 10 écus, taux=ZZ et fin de ligne",
    "smime_opaque": "Message signé : le badge ne marche plus.",
    "smime_detached": "Texte signé.",
    "smime_encrypted": "",
    "pgp_encrypted": "",
    "two_text_parts": "Première partie.\nDeuxième partie.",
    "winmail_dat": "Bonjour, voir la pièce jointe.",
    "yahoo_fr": "Bonjour, le problème persiste.\n\nLe mardi 3 mars 2026 à 10:12:33 UTC+1, Support <support@desk.example> a écrit :"
    "\n\nEst-ce réglé ?",
}
FILES = {
    "alternative_in_mixed": [("offre.pdf", "application/pdf", 9, False)],
    "apple_mail_fr_image_between_texts": [("Capture d’écran.png", "image/png", 70, True)],
    "boundary_end_missing": [("liste.csv", "text/csv", 5, False)],
    "boundary_wrong": [("liste.csv", "text/csv", 3, False)],
    "calendar_invite": [("invite.ics", "text/calendar", 46, False)],
    "filename_rfc2047": [
        (
            "Procès-verbal séance.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            5,
            False,
        )
    ],
    "filename_rfc2231": [("Rapport d’activité février.pdf", "application/pdf", 9, False)],
    "filename_tricks": [
        ("passwd", "application/octet-stream", 1, False),
        ("facture.exe", "application/octet-stream", 1, False),
        ("photogpj.exe", "application/octet-stream", 1, False),
        ("image.jpg", "image/jpeg", 1, False),
        ("a b.pdf", "application/pdf", 1, False),
    ],
    "nested_rfc822": [("Votre compte bloqué.eml", "message/rfc822", 417, False)],
    "pgp_encrypted": [
        ("pgp-version.txt", "application/pgp-encrypted", 10, False),
        ("encrypted.asc", "application/octet-stream", 63, True),
    ],
    "related_inline_image": [("image001.png", "image/png", 70, True)],
    "smime_detached": [("smime.p7s", "application/pkcs7-signature", 15, False)],
    "smime_encrypted": [("smime.p7m", "application/pkcs7-mime", 27, False)],
    "uuencoded_part": [("note.txt", "application/octet-stream", 5, False)],
    "winmail_dat": [("Rapport été.txt", "application/octet-stream", 18, False)],
}
PROBLEMS = {
    "base64_damaged": {"base64-damaged"},
    "base64_label_on_plain_text": {"encoding-wrong"},
    "boundary_end_missing": {"boundary-end-missing"},
    "boundary_missing": {"boundary-missing"},
    "boundary_wrong": {"boundary-wrong"},
    "charset_missing": {"charset-missing"},
    "charset_unknown": {"charset-unknown"},
    "charset_wrong_ascii": {"charset-wrong"},
    "charset_wrong_utf8": {"charset-wrong"},
    "html_with_poor_plain_text": {"plain-text-poor"},
    "no_from": {"from-missing", "charset-missing"},
    "no_headers": {"headers-missing", "from-missing", "date-missing"},
    "quoted_printable_damaged": {"quoted-printable-damaged"},
    "winmail_dat": {"tnef-unpacked"},
}
SECURITY = {
    "smime_opaque": "signed",
    "smime_detached": "signed",
    "smime_encrypted": "encrypted",
    "pgp_encrypted": "encrypted",
    "pgp_inline_signed": "signed",
}
SUBJECTS = {
    "encoded_words_malformed": "Rendez-vous à Genèveet plus à direfin coupée",
    "folded_header_injection": "Bonjour Bcc: victim@x.example suite",
    "gmail_fr_reply": "Re: [ENT-1042] Imprimante de l'accueil éteinte",
    "headers_8bit_latin1": "Réseau coupé à l'étage",
    "headers_8bit_utf8": "Réseau coupé – étage 2",
    "no_headers": "",
    "nul_bytes": "Panne",
    "outlook_fr_reply": "RE : [ENT-1042] Accès réseau",
}
SENDERS = {
    "encoded_words_malformed": Address("Hélène Favre", "helene@client.example"),
    "folded_header_injection": Address("Jean Bcc: victim@x.example", "jean@client.example"),
    "gmail_de_reply": Address("Jürg Müller", "juerg@kunde.example"),
    "headers_8bit_latin1": Address("Hélène Müller", "helene@client.example"),
    "headers_8bit_utf8": Address("Hélène Müller", "helene@client.example"),
    "no_from": Address("Scanner", "scan@client.example"),
    "no_headers": None,
    "outlook_de_reply": Address("Weber, Hans", "hans.weber@kunde.example"),
}
# The last words that stay of the HTML, and the first that go.
HTML_CUTS = {
    "gmail_fr_reply": ("Jean Dupont</div></div><br>", '<div class="gmail_quote'),
    "gmail_en_reply": ("+41 22 555 01 02</div></div><br>", '<div class="gmail_quote'),
    "gmx_de": ("Das Passwort geht nicht.</div><div>&nbsp;</div></div></body></html>", '<div name="quote"'),
    "outlook_desktop_html": ("&nbsp;</o:p></p><div></div></div></body></html>", '<div style="border:none;border-top'),
    "outlook_web_fr_html": ("le lecteur P:</div></body></html>", '<div id="appendonsend">'),
    "protonmail_en": ("secure email.</div></div><div><br></div>", '<div class="protonmail_quote">'),
    "thunderbird_fr_html": (
        'class="moz-signature" cols="72">-- \nJean</pre></body></html>',
        '<div class="moz-cite-prefix">',
    ),
    "yahoo_fr": ("le problème persiste.</div><div><br></div></div></body></html>", '<div id="yahoo_quoted_123"'),
}


@pytest.mark.parametrize("name", NEW)
def test_the_words_of_the_person_are_told_from_the_quote(name: str) -> None:
    reply = split_reply(sample(name).body_text)
    assert reply.new == NEW[name]
    assert reply.signature == SIGNATURES.get(name, "")


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_is_cut_where_that_is_not_sure_to_be_right(name: str) -> None:
    text = sample(name).body_text
    assert split_reply(text).new == text


@pytest.mark.parametrize("name", TEXTS)
def test_every_word_of_the_text_is_read(name: str) -> None:
    assert sample(name).body_text == TEXTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_attached_files_are_found_and_no_others(name: str) -> None:
    machine_parts = ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers")
    found = [
        (file.filename, file.mime, file.size, file.inline)
        for file in sample(name).attachments
        if file.mime not in machine_parts and not name.startswith("bounce_") and name != "smime_opaque"
    ]
    assert found == FILES.get(name, [])


@pytest.mark.parametrize("name", NAMES)
def test_what_was_repaired_is_told_and_nothing_else(name: str) -> None:
    assert set(sample(name).problems) == PROBLEMS.get(name, set())


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_or_encrypted_mail_is_known_as_such(name: str) -> None:
    assert sample(name).security == SECURITY.get(name)


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_subject_reads_as_it_was_meant(name: str) -> None:
    assert sample(name).subject == SUBJECTS[name]


@pytest.mark.parametrize("name", SENDERS)
def test_the_sender_is_found(name: str) -> None:
    assert sample(name).sender == SENDERS[name]


@pytest.mark.parametrize("name", HTML_CUTS)
def test_the_quote_is_cut_off_the_html(name: str) -> None:
    html = sample(name).body_html or ""
    new, quoted = split_reply_html(html)
    stays, goes = HTML_CUTS[name]
    assert new.rstrip().endswith(stays)
    assert quoted is not None
    assert quoted.startswith(goes)


def test_an_attached_message_is_kept_byte_for_byte_and_its_parts_do_not_mix_with_ours() -> None:
    mail = sample("nested_rfc822")
    assert mail.attachments[0].content.startswith(b"From: Bank <info@bank.example>\r\n")
    assert mail.attachments[0].content.endswith(b"--B2--\r\n")
    assert "texte interne" not in mail.body_text


def test_the_content_of_a_file_is_that_which_was_sent() -> None:
    assert sample("uuencoded_part").attachments[0].content == b"hello"
    assert sample("winmail_dat").attachments[0].content == b"contenu du rapport"
    assert sample("related_inline_image").attachments[0].content.startswith(b"\x89PNG\r\n")


def test_the_signed_wrapper_stays_beside_the_text_it_held() -> None:
    (file,) = sample("smime_opaque").attachments
    assert (file.filename, file.mime) == ("smime.p7m", "application/pkcs7-mime")


def test_the_ids_of_the_conversation_are_read() -> None:
    mail = sample("gmail_fr_reply")
    assert mail.message_id == "<CAF+1@mail.gmail.com>"
    assert mail.in_reply_to == ("<ticket-1042.7@desk.example>",)
    assert mail.references == ("<ticket-1042.1@desk.example>", "<ticket-1042.7@desk.example>")
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-03-03T11:05:00+01:00"
