"""The page, for everyone: what axe-core finds, the keyboard alone, motion, colours, print."""

import re
from datetime import timedelta

from conftest import NOON
from pages import SAMPLES, Bank, daily
from playwright.sync_api import Page, expect

FOCUSED = """() => {
    const target = document.activeElement;
    return (target.ariaLabel ?? target.labels?.[0]?.textContent ?? target.textContent).trim();
}"""


def focused(page: Page) -> str:
    return str(page.evaluate(FOCUSED))


def tab_to(page: Page, name: str) -> list[str]:
    """Press Tab until what has the focus is called this; return what was passed."""
    passed: list[str] = []
    while not focused(page).startswith(name):
        assert len(passed) < 60, passed
        page.keyboard.press("Tab")
        passed.append(focused(page))
    return passed


def test_keyboard_alone_does_everything(page: Page, bank: Bank) -> None:
    bank.open()
    passed = tab_to(page, "Overdraft")
    assert passed == ["Balances", "Import", "Devices", "Export", "Overdraft"]
    page.keyboard.press("Tab")
    assert focused(page) == "Balance"
    page.keyboard.type("12.34")
    page.keyboard.press("Enter")
    expect(bank.rows.last).to_contain_text("12,34")
    expect(bank.field).to_be_focused()
    tab_to(page, "Bitcoin")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Bitcoin", pressed=True)).to_be_visible()
    tab_to(page, "Edit R")
    page.keyboard.press("Enter")
    page.keyboard.type("56")
    page.keyboard.press("Enter")
    expect(bank.rows.last).to_contain_text("56,00")
    tab_to(page, "Delete R")
    page.keyboard.down("Enter")
    expect(bank.undo).to_be_focused()
    for _ in range(20):
        page.keyboard.down("Enter")  # held, it does not press Undo
    page.keyboard.up("Enter")
    with page.expect_response("**/api/balances"):
        bank.look_again()
    expect(bank.rows).to_have_count(0)
    expect(bank.sample_rows).to_have_count(SAMPLES)
    page.keyboard.press("Enter")
    expect(bank.rows).to_have_count(1)
    expect(bank.undo).to_have_count(0)
    expect(bank.row_button(0, "Edit")).to_be_focused()
    for _ in range(2):  # the second time the dialog is there at once
        tab_to(page, "Devices")
        for key in ("Enter", "Tab", "Enter"):
            page.keyboard.press(key)
        expect(bank.dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)  # not only shut
        expect(page.locator("#rail summary", has_text="Devices")).to_be_focused()
    tab_to(page, "Start fresh…")
    page.keyboard.press("Enter")
    expect(bank.dialog).to_have_accessible_description(re.compile("It cannot be undone"))
    tab_to(page, "Delete 1 balance")


COVERED = """() => {
    const target = document.activeElement.closest(".plot") ?? document.activeElement;
    const { left, top, width, height } = target.getBoundingClientRect();
    const seen = document.elementFromPoint(left + width / 2, top + height / 2);
    return !target.contains(seen) && !seen?.contains(target);
}"""


def test_what_has_the_focus_is_never_covered(page: Page, bank: Bank) -> None:
    """Neither by what is said nor by the head of the table, forwards and backwards."""
    bank.give(daily(range(12), bank.today().replace(year=2020)))
    bank.open()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        bank.record("5", "2024-01-01")
        tab_to(page, "Skip the table")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        passed = [focused(page)]
        assert passed[0].startswith("Kept for a year")
        while passed[-1] != "Balances":
            page.keyboard.press("Shift+Tab")
            page.evaluate("new Promise(requestAnimationFrame)")
            passed.append(focused(page))
            assert not page.evaluate(COVERED), passed
        assert len(passed) > 25


def test_motion_colours_type_and_time_suit_the_person_who_reads(page: Page, bank: Bank) -> None:
    """What is said stays under the pointer, and else goes by itself."""
    page.clock.install(time=NOON)
    page.clock.pause_at(NOON + timedelta(minutes=1))  # so that what moves stays for a look
    bank.open().record("5")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(int(part) for part in re.findall(r"\d+", background)) > 3 * 128
        assert light == (scheme == "light")
    name = "element => getComputedStyle(element).animationName"
    moving = {"tr.highlighted": "highlighted", "#toast p": "drop"}
    for motion in ("no-preference", "reduce"):
        page.emulate_media(reduced_motion=motion)
        for place, animation in moving.items():
            wanted = animation if motion == "no-preference" else "none"
            assert page.locator(place).first.evaluate(name) == wanted
    page.emulate_media(forced_colors="active")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for part in (".plot path.line", ".plot .level line"):
        stroke = page.locator(part).first.evaluate("path => getComputedStyle(path).stroke")
        assert stroke not in ("none", ground)
    bank.field.focus()
    for shown in (bank.field, page.get_by_role("button", name="6M")):
        assert shown.evaluate("shown => getComputedStyle(shown).outlineStyle") == "solid"
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    parts = ("body", ".figure", ".tag", ".rail a", ".value", ".pills button")
    before = [page.locator(part).first.evaluate(size) for part in parts]
    session = page.context.new_cdp_session(page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 18}})
    after = [page.locator(part).first.evaluate(size) for part in parts]
    assert after == [size * 1.125 for size in before]
    page.clock.run_for(4_000)
    bank.toast.get_by_text("Recorded").hover()
    page.clock.run_for(60_000)
    expect(bank.toast).to_contain_text("Recorded")
    page.mouse.move(600, 400)
    page.clock.run_for(8_000)
    expect(bank.toast).to_have_text("")


def test_print_shows_the_history_and_nothing_to_press(page: Page, bank: Bank) -> None:
    bank.give(daily(range(60), bank.today().replace(year=2020)))
    bank.open().record("5")
    for width in (800, 1920):
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(media="print", color_scheme="dark")
        for shown in (page.locator(".figure"), page.locator(".plot svg"), bank.rows.first):
            expect(shown).to_be_visible()
        expect(bank.rows).to_have_count(61)
        expect(bank.rows.first).to_contain_text("2020", use_inner_text=True)
        expect(page.get_by_text("printed on")).to_be_visible()
        for hidden in ("nav", "form", "#toast", ".keeping", ".search", ".controls"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.get_by_role("button")).to_have_count(0)
        box = page.locator(".rows")
        assert box.evaluate("box => box.scrollHeight === box.clientHeight")
        text = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
        assert sum(map(int, re.findall(r"\d+", text))) < 3 * 128
        page.emulate_media(media="screen")
