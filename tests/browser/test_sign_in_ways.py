"""A real browser signs in by each way: an app that shows codes, a passkey of a virtual device, a code by mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.entrance.signing_in import code_in, code_of
from tests.world import PASSWORD, World

ALICE = "alice@helvetia.example"


@pytest.fixture
def here(desk: RunningDesk) -> str:
    """The desk's address by name: browsers know no passkeys for bare numbers."""
    desk.start("web", "jobs")
    return desk.url.replace("127.0.0.1", "localhost")


def enter(page: Any, here: str) -> None:
    page.goto(f"{here}/account/login/")
    page.fill("#id_login", ALICE)
    page.fill("#id_password", PASSWORD)
    page.click("main form button.btn-primary")


def confirm(page: Any) -> None:
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Go on").click()


def give_device(page: Any) -> None:
    """Give this browser a device that recognises its owner, as a telephone or a laptop would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def test_an_app_is_set_up_with_its_recovery_codes_and_asked_for(
    world: World, desk: RunningDesk, here: str, page_of: Any
) -> None:
    page = page_of()
    enter(page, here)
    page.goto(f"{here}/me/security/")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    picture = page.locator("img.factor-qr")
    assert picture.evaluate("each => each.complete && each.naturalWidth > 0")
    page.get_by_text("No camera? Type this key").click()
    secret = page.locator("#authenticator_secret").inner_text()
    page.fill("#id_code", code_of(secret))
    page.get_by_role("button", name="Switch it on").click()
    codes = page.locator("#recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    kept = download.value.path().read_text()
    assert all(code in kept for code in codes) and ALICE in kept
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("#secure-codes + p")).to_contain_text("10 are left")
    assert desk.inboxes.wait_for(ALICE, 1)["Subject"] == "A second factor was added"

    other = page_of()
    enter(other, here)
    other.fill("#id_code", code_of(secret, steps=1))
    other.click("main form button.btn-primary")
    other.wait_for_url(f"{here}/")

    third = page_of()
    enter(third, here)
    third.fill("#id_code", codes[3])
    third.click("main form button.btn-primary")
    third.wait_for_url(f"{here}/")


def test_a_passkey_is_added_and_signs_in_alone(world: World, here: str, page_of: Any) -> None:
    page = page_of()
    give_device(page)
    enter(page, here)
    page.goto(f"{here}/me/security/")
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.fill("#id_name", "Mon portable")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main")).to_contain_text("Mon portable signs in alone")
    page.locator(".portal-menu summary").click()
    page.get_by_role("button", name="Sign out").click()

    page.goto(f"{here}/account/login/?next=/tickets/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{here}/tickets/")
    page.goto(f"{here}/me/security/")
    expect(page.locator("#secure-past").locator("..").locator("..")).to_contain_text("with a passkey")

    page.get_by_role("link", name=re.compile("Take away")).click()
    page.get_by_role("button", name="Use my passkey").or_(page.get_by_role("button", name="Go on")).first.wait_for()
    confirm(page)
    page.get_by_role("button", name="Take it away").click()
    expect(page.get_by_role("link", name="Add a passkey")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Mon portable")


def test_a_passkey_is_the_second_step_and_shows_again_that_it_is_you(world: World, here: str, page_of: Any) -> None:
    page = page_of()
    give_device(page)
    enter(page, here)
    page.goto(f"{here}/account/2fa/webauthn/add/")
    confirm(page)
    page.uncheck("#id_passwordless")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="I have kept them").click()
    page.locator(".portal-menu summary").click()
    page.get_by_role("button", name="Sign out").click()

    enter(page, here)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(f"{here}/")
    page.goto(f"{here}/account/2fa/recovery-codes/generate/")
    page.get_by_role("link", name=re.compile("security key", re.IGNORECASE)).click()
    page.get_by_role("button", name="Use my passkey").click()
    page.get_by_role("button", name="Make ten codes").wait_for()


def test_without_a_passkey_the_browser_is_told_what_happened(world: World, here: str, page_of: Any) -> None:
    page = page_of()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**device, "isUserVerified": False}})
    page.goto(f"{here}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-trouble]")).to_contain_text("That did not work")


def test_a_code_by_mail_signs_in(world: World, desk: RunningDesk, here: str, page_of: Any) -> None:
    page = page_of()
    page.goto(f"{here}/account/login/")
    page.get_by_role("link", name="No password at hand?").click()
    page.fill("#id_email", ALICE)
    page.get_by_role("button", name="Send me the code").click()
    mail = desk.inboxes.wait_for(ALICE, 1)
    page.fill("#id_code", code_in(mail.get_content().replace("\r\n", "\n")))
    page.click("main form button.btn-primary")
    page.wait_for_url(f"{here}/")


def test_one_browser_is_signed_out_from_another(world: World, here: str, page_of: Any) -> None:
    first, second = page_of(), page_of()
    for each in (first, second):
        enter(each, here)
        each.wait_for_url(f"{here}/")
    first.goto(f"{here}/me/security/")
    first.get_by_role("button", name="Sign out everywhere else").click()
    expect(first.get_by_role("status")).to_contain_text("1 other browser is signed out.")
    second.goto(f"{here}/tickets/")
    assert "/account/login/" in second.url
