"""The page, for everyone: what axe-core finds, the keyboard alone, motion, colours, print."""

import re
from datetime import timedelta

import pytest
from conftest import MakeApp, Serve
from pages import (
    NO_LUNO,
    SAMPLES,
    NewContext,
    daily,
    delete,
    error,
    field,
    give,
    look_again,
    notice,
    opened,
    record,
    row_button,
    rows,
    sample_rows,
    set_balance,
    start_fresh,
    toast,
    today,
    undo,
    violations,
    wide,
)
from playwright.sync_api import Page, Route, expect


def loading(page: Page, url: str) -> None:
    def never(route: Route) -> None:
        """Leave the request without an answer."""

    page.route("**/api/balances", never)
    page.goto(url)


def empty(page: Page, url: str) -> None:
    start_fresh(opened(page, url))


def recorded(page: Page, url: str) -> None:
    first = today(page, url) - timedelta(days=8)
    give(page, url, daily((f"{n}000,,,900000.00" for n in range(9)), first))
    record(opened(page, url), "15480")
    page.get_by_role("button", name="Bitcoin", exact=True).click()
    page.get_by_role("slider").focus()


def both(page: Page, url: str) -> None:
    record(opened(page, url), "15480")


def refused(page: Page, url: str) -> None:
    set_balance(opened(page, url), "1,234")
    expect(error(page)).not_to_be_empty()


def editing(page: Page, url: str) -> None:
    give(page, url, ["2024-01-01,1", "2024-01-02,2"])
    opened(page, url)
    if page.viewport_size and page.viewport_size["width"] < 720:
        row_button(page, 0, "Change or delete").click()
    row_button(page, 0, "Edit").click()
    page.get_by_role("button", name="Save").click()


def deleted(page: Page, url: str) -> None:
    give(page, url, ["2024-01-01,1", "2024-01-02,2"])
    opened(page, url)
    if page.viewport_size and page.viewport_size["width"] < 720:
        row_button(page, 0, "Change or delete").click()
    delete(page, 0)
    expect(undo(page)).to_be_visible()


def unreachable(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/*", lambda route: route.abort())
    look_again(page)
    expect(notice(page)).to_be_visible()


def never_reached(page: Page, url: str) -> None:
    page.route("**/api/*", lambda route: route.abort())
    page.goto(url)
    expect(page.get_by_role("button", name="Load again")).to_be_visible()


def confirming(page: Page, url: str) -> None:
    record(opened(page, url), "5")
    page.get_by_role("button", name="Start fresh…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


STATES = {
    state.__name__: state
    for state in (
        *(opened, loading, empty, recorded, both, refused, editing, deleted, unreachable),
        *(never_reached, confirming),
    )
}


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(new_context: NewContext, url: str, state: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    STATES[state](page, url)
    assert violations(page) == []
    assert wide(page) == width


def test_axe_finds_nothing_without_a_rate(page: Page, make_app: MakeApp, serve: Serve) -> None:
    opened(page, serve(make_app(LUNO_URLS=NO_LUNO)))
    assert violations(page) == []


def test_axe_would_find_something(page: Page, url: str) -> None:
    opened(page, url)
    page.evaluate("document.querySelector('#balance').labels[0].remove()")
    assert violations(page) != []


FOCUSED = """() => {
    const target = document.activeElement;
    return (target.ariaLabel ?? target.labels?.[0]?.textContent ?? target.textContent).trim();
}"""


def focused(page: Page) -> str:
    result: str = page.evaluate(FOCUSED)
    return result


def tab_to(page: Page, name: str) -> list[str]:
    """Press Tab until what has the focus is called this; return what was passed."""
    passed: list[str] = []
    while not focused(page).startswith(name):
        assert len(passed) < 60, passed
        page.keyboard.press("Tab")
        passed.append(focused(page))
    return passed


def test_keyboard_alone_does_everything(page: Page, url: str) -> None:
    opened(page, url)
    passed = tab_to(page, "Overdraft")
    assert passed == ["Balances", "Import", "Devices", "Export", "Overdraft"]
    page.keyboard.press("Tab")
    assert focused(page) == "Balance"
    page.keyboard.type("12.34")
    page.keyboard.press("Enter")
    expect(rows(page).last).to_contain_text("12,34")
    expect(field(page)).to_be_focused()
    tab_to(page, "Bitcoin")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Bitcoin", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    tab_to(page, "Edit R")
    page.keyboard.press("Enter")
    page.keyboard.type("56")
    page.keyboard.press("Enter")
    expect(rows(page).last).to_contain_text("56,00")
    tab_to(page, "Delete R")
    page.keyboard.press("Enter")
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(undo(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(row_button(page, 0, "Edit")).to_be_focused()
    tab_to(page, "Start fresh…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, "Delete 1 balance")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(0)
    expect(field(page)).to_be_focused()


def test_keyboard_can_skip_the_table(page: Page, url: str) -> None:
    give(page, url, daily(range(40), today(page, url).replace(year=2020)))
    opened(page, url)
    tab_to(page, "Skip the table")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page).startswith("Kept for a year")


COVERED = """() => {
    const target = document.activeElement.closest(".plot") ?? document.activeElement;
    const { left, top, width, height } = target.getBoundingClientRect();
    const seen = document.elementFromPoint(left + width / 2, top + height / 2);
    return !target.contains(seen) && !seen?.contains(target);
}"""


@pytest.mark.parametrize("width", [360, 1280])
def test_what_has_the_focus_is_never_covered(new_context: NewContext, url: str, width: int) -> None:
    """Neither by what is said nor by the head of the table, forwards and backwards."""
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    give(page, url, daily(range(12), today(page, url).replace(year=2020)))
    opened(page, url)
    record(page, "5", "2024-01-01")
    tab_to(page, "Start fresh…")
    passed = [focused(page)]
    while passed[-1] != "Balances":
        page.keyboard.press("Shift+Tab")
        page.evaluate("new Promise(requestAnimationFrame)")
        passed.append(focused(page))
        assert not page.evaluate(COVERED), passed
    assert len(passed) > 25


def test_changes_are_announced(page: Page, url: str) -> None:
    """Where something is said, its live region was there before, and stays the same element."""
    opened(page, url)
    live = {name: page.locator(name).element_handle() for name in ("#toast", "#error")}
    assert [live[name].get_attribute("role") for name in live] == ["status", "alert"]
    record(page, "5")
    assert "Recorded" in live["#toast"].inner_text()
    set_balance(page, "1,234")
    expect(error(page)).not_to_be_empty()
    assert "could mean" in live["#error"].inner_text()


def test_what_moves_stands_still_for_those_who_want_that(page: Page, url: str) -> None:
    page.emulate_media(reduced_motion="no-preference")
    page.clock.install()
    record(opened(page, url), "5")
    name = "element => getComputedStyle(element).animationName"
    moving = {".highlighted": "highlighted", ".toast": "drop"}
    for place, animation in moving.items():
        assert page.locator(place).first.evaluate(name) == animation
    page.emulate_media(reduced_motion="reduce")
    for place in moving:
        assert page.locator(place).first.evaluate(name) == "none"


def test_forced_colours_keep_the_chart_and_the_focus(page: Page, url: str) -> None:
    page.emulate_media(forced_colors="active")
    opened(page, url)
    stroke = "path => getComputedStyle(path).stroke"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for part in (".plot path.line", ".plot .level line"):
        assert page.locator(part).first.evaluate(stroke) not in ("none", ground)
    field(page).focus()
    assert field(page).evaluate("input => getComputedStyle(input).outlineStyle") == "solid"
    chosen = page.get_by_role("button", name="6M")
    assert chosen.evaluate("pill => getComputedStyle(pill).outlineStyle") == "solid"


def test_change_is_told_by_more_than_colour(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily((10, 5), now.replace(year=2020)))
    opened(page, url)
    expect(page.locator(".chip")).to_contain_text(re.compile(r"▼ −R\s5,00"))
    expect(rows(page).last).to_contain_text(re.compile(r"−R\s5,00"))


@pytest.mark.parametrize("width", [800, 1920])
def test_print_shows_the_history_and_nothing_to_press(
    new_context: NewContext, url: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 1000}, color_scheme="dark").new_page()
    give(page, url, daily(range(60), today(page, url).replace(year=2020)))
    record(opened(page, url), "5")
    page.emulate_media(media="print", color_scheme="dark")
    for shown in (page.locator(".figure"), page.locator(".chart svg"), rows(page).first):
        expect(shown).to_be_visible()
    expect(rows(page).first).to_contain_text("2020")
    expect(page.get_by_text("printed on")).to_be_visible()
    for hidden in ("nav", ".record", ".keeping", "#toast", ".search", ".controls", ".strip"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    box = page.locator(".rows")
    assert box.evaluate("box => box.scrollHeight === box.clientHeight")
    text = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert sum(map(int, re.findall(r"\d+", text))) < 3 * 128
    expect(toast(page)).to_be_hidden()
