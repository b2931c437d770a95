"""`make screenshots`: every screen, light, dark and phone-wide, of a desk with demo data, into docs/screenshots."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.desk import CHROMIUM, COMMAND, QUIET, free_port, wait_for_port

FOLDER = Path("docs/screenshots")
DESKTOP, PHONE = {"width": 1360, "height": 850}, {"width": 390, "height": 844}
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
}
PASSWORD = "entraide-demo"
# who looks, and at which screens (name: address, or a link to follow from the page before, or several of them)
TOURS: dict[str, dict[str, str]] = {
    "": {"sign-in": "/account/login/", "sign-in-code": "/account/login/code/"},
    "demandeur@fidurhone.example": {
        "portal": "/", "portal-requests": "/tickets/?shown=all", "portal-request": "follow:.portal-list a",
        "portal-new": "/tickets/new", "portal-profile": "/me/", "portal-security": "/me/security/", "not-found": "/nowhere",
    },
    "contact@fidurhone.example": {
        "portal-contact": "/", "portal-organisation": "/organisation/", "portal-catalogue": "/catalogue/",
        "portal-approvals": "/approvals/", "portal-approval": "follow:.portal-list a",
    },
    "nadia.keller@lemanique.example": {
        "desk": "/desk/", "ticket-list": "/desk/?view=all&level=3", "ticket": "follow:[data-open]", "ticket-clocks": "follow:.why",
        "field-history": "/desk/?view=all&level=3 then follow:[data-open] then follow:#to-history", "new-ticket": "/desk/tickets/new",
        "people": "/desk/directory/", "person": "follow:.plain-table a", "organisations": "/desk/directory/organisations/",
        "organisation": "follow:.plain-table a", "teams": "/desk/directory/teams/", "mail-in": "/desk/mails/",
        "mail-out": "/desk/mails/outgoing/", "notifications": "/desk/notifications/",
        "notification-settings": "/desk/notifications/settings", "saved-views": "/desk/saved-views/",
        "macros": "/desk/macros/", "macro": "/desk/macros/1/", "recurring": "/desk/recurring/", "contracts": "/desk/contracts/",
    },
    "carla.meier@lemanique.example": {"board": "/desk/board/", "ticket-handed-over": "/desk/?view=handovers"},
    "marc.dubois@lemanique.example": {
        "report-promises": "/desk/reports/promises/", "report-levels": "/desk/reports/levels/", "report-ratings": "/desk/reports/ratings/",
        "report-answers": "/desk/reports/answers/", "privacy": "/desk/directory/privacy/", "privacy-rule": "/desk/directory/privacy/2/",
        "privacy-person": "/desk/directory/people/14/privacy", "redaction": "/desk/?view=all&level=3 then follow:[data-open] then follow:.entry-redact",
    },
    "adam.muller@lemanique.example": {
        "settings-categories": "/desk/settings/categories/", "settings-routing": "/desk/settings/routing/",
        "settings-rule": "follow:.setting-rows a", "mail-templates": "/desk/mails/templates/",
        "mail-template": "/desk/mails/templates/resolved/fr/",
        "calendars": "/desk/settings/calendars/", "calendar": "follow:.calendar-card h2 a",
        "agreements": "/desk/settings/agreements/", "agreement": "follow:.agreement-card h2 a",
        "escalation-rules": "/desk/settings/escalation/", "rotas": "/desk/settings/rotas/", "forms": "/desk/settings/forms/", "form": "/desk/settings/forms/1/",
        "sign-in-rules": "/desk/settings/sign-in/",
        "hooks": "/desk/settings/hooks/", "audit": "/desk/audit/", "hook": "/desk/settings/hooks/new",
        "organisation-look": "/desk/directory/organisations/2/look", "organisation-sign-in": "/desk/directory/organisations/2/sign-in",
    },
}  # fmt: skip


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="entraide-screenshots-") as folder:
        port = free_port()
        environment = {
            **os.environ,
            "ENTRAIDE_DATA_DIR": folder,
            "ENTRAIDE_PORT": str(port),
            "ENTRAIDE_SMTP_PORT": str(free_port()),
        }
        desk = subprocess.Popen([*COMMAND, "run", "--demo"], env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for_port(port, seconds=240)
            take_all(f"http://127.0.0.1:{port}")
        finally:
            desk.send_signal(signal.SIGTERM)
            desk.wait(timeout=40)


def take_all(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for mode, settings in MODES.items():
            for who, screens in TOURS.items():
                context = browser.new_context(locale="fr-CH", permissions=["notifications"], **settings)
                take(context.new_page(), url, who, screens, mode)
                context.close()
        browser.close()


def take(page: Any, url: str, who: str, screens: dict[str, str], mode: str) -> None:
    if who:
        page.goto(f"{url}/account/login/")
        page.fill("#id_login", who)
        page.fill("#id_password", PASSWORD)
        page.click("main form button.btn-primary")
        page.wait_for_url(lambda there: "/account/login" not in there)
    for name, where in screens.items():
        for step in where.split(" then "):
            if step.startswith("follow:"):
                page.goto(url + page.locator(step.removeprefix("follow:")).first.get_attribute("href"))
            else:
                page.goto(url + step)
        page.wait_for_timeout(250)
        page.screenshot(path=FOLDER / f"{name}-{mode}.png")


if __name__ == "__main__":
    main()
