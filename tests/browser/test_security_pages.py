"""The pages behind "Is it you?": as accessible, as narrow and as light as all others."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import RunningDesk
from tests.browser.test_pages import wrong_with
from tests.entrance.signing_in import add_app, code_of
from tests.world import PASSWORD, World


def confirm(page: Any) -> None:
    page.fill("#id_password", PASSWORD)
    page.click("main form button.btn-primary")


def test_axe_finds_nothing_on_the_pages_of_second_factors(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    page = page_of(world.bob, locale="fr-CH")
    page.goto(f"{desk.url}/account/2fa/totp/activate/")
    confirm(page)
    at = f"{desk.url}/account/2fa"
    found = wrong_with(page, f"{at}/totp/activate/") + wrong_with(page, f"{at}/webauthn/add/")
    page.goto(f"{at}/totp/activate/")
    page.fill("#id_code", code_of(page.locator("#authenticator_secret").text_content()))
    page.click("main form button.btn-primary")
    # Shown once: in the first of these, and hidden in those that follow.
    page.goto(f"{at}/recovery-codes/generate/")
    page.click("main form button.btn-primary")
    for address in ("recovery-codes/", "recovery-codes/generate/", "totp/deactivate/"):
        found += wrong_with(page, f"{at}/{address}")
    found += wrong_with(page, f"{desk.url}/me/security/")
    found += wrong_with(page, f"{desk.url}/account/reauthenticate/?next=/")
    found += wrong_with(page, f"{at}/reauthenticate/?next=/")
    assert found == [], "\n".join(found)


def test_axe_finds_nothing_at_the_second_step(world: World, desk: RunningDesk, page_of: Any) -> None:
    add_app(world.alice.account)
    desk.start("web")
    page = page_of(locale="fr-CH")
    page.goto(f"{desk.url}/account/login/")
    page.fill("#id_login", "alice@helvetia.example")
    page.fill("#id_password", PASSWORD)
    page.click("main form button.btn-primary")
    found = wrong_with(page, f"{desk.url}/account/2fa/authenticate/")
    assert found == [], "\n".join(found)
