"""Coming in by a key in a real browser: a passkey of a virtual authenticator, what it confirms."""

import subprocess
from pathlib import Path

import pytest
from playwright.async_api import CDPSession, Locator, Page, expect

from notary import age, devices
from tests.bidding.town import TRUSTEES, a_draft, give_keys, once
from tests.browser.conftest import Reading
from tests.browser.reader import DESK, EN, TELEPHONE, ZH, Reader, Window
from tests.browser.shown import Shown
from tests.web.served import PASSWORD
from trading import service as trading

pytestmark = pytest.mark.asyncio(loop_scope="session")

TENDER = "GC-2026-0918"
NOTICE = f"/desk/tenders/{TENDER}/notice"


async def authenticator(page: Page, *, has_prf: bool = False) -> tuple[CDPSession, str]:
    """Put an authenticator into the browser's machine, whose owner is always verified.

    `has_prf`: it makes secrets of labels; Chromium's then blocks itself at the first failure.
    """
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "hasPrf": has_prf,
    }
    added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, str(added["authenticatorId"])


async def make_passkey(page: Page, confirmation: str = PASSWORD) -> None:
    """Make a passkey on the firm's page."""
    await page.locator("#passkey-name").fill("办公室的电脑")
    await page.locator("#passkey-proof").fill(confirmation)
    await page.locator("[data-way=make-passkey]").click()


def made(page: Page) -> Locator:
    """Return the passkey's row in the list of devices."""
    return page.locator("section[aria-labelledby=devices] li", has_text="办公室的电脑")


@pytest.mark.parametrize(
    ("lang", "size"), [(ZH, TELEPHONE), pytest.param(EN, TELEPHONE, marks=pytest.mark.nightly)]
)
async def test_a_passkey_is_made_logs_in_and_confirms_an_act(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    town = hall.town
    await trading.draft(town.database, town.hall, town.people["drafter"].actor, once(), a_draft())
    for name in TRUSTEES:
        await give_keys(town, name)
    await hall.give_password("approver")
    reader = await read(hall, Window(lang=lang, size=size, person="approver"))
    page = await reader.go("/firm")
    await authenticator(page)
    await page.reload()
    assert await reader.violations() == []
    await make_passkey(page)
    await expect(made(page)).to_be_visible()
    assert await reader.violations() == []
    assert await reader.sideways() == []

    await page.locator("form.leave button").click()
    await expect(page).to_have_url(f"{hall.origin}/")
    await reader.go(f"/login?onward={NOTICE}")
    assert await reader.violations() == []
    await page.locator("[data-way=log-in-passkey]").click()
    await expect(page).to_have_url(f"{hall.origin}{NOTICE}")

    await page.locator(".sign [data-part=passkey]").click()
    await expect(page.locator(".sign [data-part=press]")).to_be_focused()
    await page.locator(".sign [data-part=press]").click()
    await expect(page.locator(".sign [data-part=done]")).to_be_focused()
    found, _ = await devices.of_person(town.database, town.hall, "approver")
    assert len([one for one in found if one.name is not None and one.used_at is not None]) == 1


async def test_a_passkey_keeps_an_identity_that_plain_age_takes(
    hall: Shown, read: Reading, tmp_path: Path
) -> None:
    await hall.give_password("firm-1")
    reader = await read(hall, Window(person="firm-1"))
    page = await reader.go("/firm")
    await authenticator(page, has_prf=True)
    await page.reload()
    await make_passkey(page)
    await expect(made(page)).to_be_visible()
    assert await reader.violations() == []
    for name in ("first", "second"):
        async with page.expect_download() as saving:
            await page.locator("[data-way=save-identity]").click()
        await (await saving.value).save_as(tmp_path / name)

    text = (tmp_path / "first").read_text()
    assert text == (tmp_path / "second").read_text()
    _, public, secret = text.splitlines()
    recipient = public.removeprefix("# public key: ")
    assert age.recipient_of(age.secret_of(secret)) == recipient
    (tmp_path / "receipt.age").write_bytes(age.encrypt(b"S", recipient))
    words = ["age", "-d", "-i", str(tmp_path / "first"), str(tmp_path / "receipt.age")]
    assert subprocess.run(words, capture_output=True, check=True).stdout == b"S"


@pytest.mark.nightly
async def test_a_revoked_passkey_and_a_person_not_verified_log_nobody_in(
    hall: Shown, read: Reading
) -> None:
    await hall.give_password("approver")
    reader = await read(hall, Window(person="approver"))
    page = await reader.go("/firm")
    session, key = await authenticator(page)
    await page.reload()
    reader.expected = 401
    await make_passkey(page, "guess")
    refusal = page.locator("[data-ways] [data-part=refusal]")
    await expect(refusal).to_be_focused()
    await expect(refusal.locator("[data-part=code]")).to_have_text("login.refused")
    await make_passkey(page)
    await expect(made(page)).to_be_visible()
    await page.locator("form.leave button").click()

    await reader.go("/login")
    await session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False}
    )
    await page.locator("[data-way=log-in-passkey]").click()
    await expect(refusal).to_be_focused()
    await session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    await hall.log_in(reader.context, "approver")
    await reader.go("/firm")
    await made(page).locator("button").click()
    await expect(made(page)).to_have_count(0)
    await page.locator("form.leave button").click()
    await reader.go("/login")
    reader.expected = 401
    await page.locator("[data-way=log-in-passkey]").click()
    await expect(refusal.locator("[data-part=code]")).to_have_text("passkey.refused")
    assert await reader.violations() == []


@pytest.mark.nightly
@pytest.mark.parametrize(("lang", "size"), [(ZH, DESK), (EN, TELEPHONE)])
async def test_a_firm_without_a_certificate_comes_in_by_two_people(
    hall: Shown, read: Reading, lang: str, size: tuple[int, int]
) -> None:
    firm = await read(hall, Window(lang=lang, size=size))
    page = await firm.go("/enrol")
    for name, said in (
        ("org", "91210300MA0TEXTX0A"),
        ("org_name", "辽建一公司"),
        ("person_name", "孙燕"),
        ("contact", "0412-5550123"),
    ):
        await page.locator(f"#{name}").fill(said)
    await page.locator("form[action='/enrol'] button").click()
    await expect(page.locator("h1")).to_have_text("辽建一公司")
    await looks_right(firm)
    for person in ("officer", "operator"):
        other = await read(hall, Window(lang=lang, size=size, person=person))
        desk = await other.go("/desk")
        await desk.locator("a[href^='/desk/applications/']").first.click()
        await looks_right(other)
        await desk.locator("form[action$='/approval'] button").click()
        await expect(desk.locator("form[action$='/approval']")).to_have_count(0)
        await looks_right(other)

    await page.reload()
    await looks_right(firm)
    await page.locator("a[href*='/welcome/']").click()
    await expect(page.locator("#password")).to_be_visible()
    await expect(page.locator("#name")).to_have_count(0)
    await looks_right(firm)


async def looks_right(reader: Reader) -> None:
    """Require that a page is accessible and no wider than its screen."""
    assert await reader.violations() == []
    assert await reader.sideways() == []
