"""The page, for everyone: what axe-core finds, the keyboard alone, motion, colours, print."""

import re

import pytest
from conftest import ROOT, MakeApp, Serve
from pages import (
    NO_LUNO,
    SAMPLES,
    NewContext,
    field,
    look_again,
    opened,
    pick,
    record,
    rows,
    said,
    set_balance,
    start_fresh,
    wide,
)
from playwright.sync_api import Page, Route, expect

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()


def loading(page: Page, url: str) -> None:
    def never(route: Route) -> None:
        """Leave the request without an answer."""

    page.route("**/api/balances", never)
    page.goto(url)


def empty(page: Page, url: str) -> None:
    start_fresh(opened(page, url))


def recorded(page: Page, url: str) -> None:
    record(opened(page, url), "15480")
    page.get_by_label("Bitcoin").check()


def refused(page: Page, url: str) -> None:
    set_balance(opened(page, url), "1,234")
    expect(page.locator("#error")).not_to_be_empty()


def deleted(page: Page, url: str) -> None:
    record(opened(page, url), "15480")
    rows(page).last.get_by_role("button").click()
    expect(page.locator("#undo")).to_be_visible()


def unreachable(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/*", lambda route: route.abort())
    look_again(page)
    expect(page.locator(".trouble")).to_be_visible()


def never_reached(page: Page, url: str) -> None:
    page.route("**/api/*", lambda route: route.abort())
    page.goto(url)
    expect(page.get_by_role("button", name="Load again")).to_be_visible()


def confirming(page: Page, url: str) -> None:
    record(opened(page, url), "5")
    page.get_by_role("button", name="Start fresh…").click()


def previewing(page: Page, url: str) -> None:
    pick(opened(page, url), "date,balance\n" + "2026-01-01,1\n" * 50)


def import_refused(page: Page, url: str) -> None:
    pick(opened(page, url), "date,balance\n" + "2999-01-01,x\n" * 50)


STATES = {
    state.__name__: state
    for state in (
        *(opened, loading, empty, recorded, refused, deleted, unreachable, never_reached),
        *(confirming, previewing, import_refused),
    )
}


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, contrast and best practices included."""
    page.evaluate(AXE)  # no script tag: the content security policy allows none
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [f"{f['id']}: {node['html']}" for f in found for node in f["nodes"]]


@pytest.mark.parametrize("width", [1100, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(
    new_context: NewContext, url: str, state: str, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
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


def focused(page: Page) -> str:
    result: str = page.evaluate(
        "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
    )
    return result


def tab_to(page: Page, name: str) -> list[str]:
    """Press Tab until the element of this name has the focus; return what was passed."""
    passed: list[str] = []
    while focused(page) != name:
        assert len(passed) < 40, passed
        page.keyboard.press("Tab")
        passed.append(focused(page))
    return passed


def test_the_keyboard_alone_does_everything(page: Page, url: str) -> None:
    opened(page, url)
    passed = tab_to(page, "Balance in rand")
    assert passed[:4] == ["Bank Balances", "Transfer", "Pay", "Start fresh…"]
    page.keyboard.type("12.34")
    page.keyboard.press("Enter")
    expect(rows(page).last).to_contain_text("12,34")
    expect(field(page)).to_be_focused()
    tab_to(page, "Rand")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Bitcoin")).to_be_checked()
    tab_to(page, "✕")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(SAMPLES)
    page.keyboard.press("Enter")  # the focus is on Undo
    expect(rows(page)).to_have_count(SAMPLES + 1)
    assert focused(page) == "✕"
    tab_to(page, "Import CSV…")
    pick(page, "date,balance\n2026-01-01,1\n")
    tab_to(page, "Add 1 balance")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(SAMPLES + 2)
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "Export CSV"
    page.reload()
    tab_to(page, "Start fresh…")
    page.keyboard.press("Enter")
    tab_to(page, "Start fresh")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(0)
    expect(field(page)).to_be_focused()


COVERED = """() => {
    const target = document.activeElement.closest(".plot, label") ?? document.activeElement;
    const { left, top, width, height } = target.getBoundingClientRect();
    return !target.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


def test_what_has_the_focus_is_never_covered(new_context: NewContext, url: str) -> None:
    """Neither by what is said nor by the head of the table."""
    page = opened(new_context(viewport={"width": 360, "height": 740}).new_page(), url)
    for balance in ("1", "2"):
        record(page, balance)
    rows(page).last.get_by_role("button").click()
    expect(page.locator("#undo")).to_be_focused()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    tab_to(page, "Bank Balances")
    passed = [focused(page)]
    while not passed[-1].startswith("Undo"):
        page.wait_for_timeout(50)  # until it has scrolled
        assert not page.evaluate(COVERED), passed
        page.keyboard.press("Tab")
        passed.append(focused(page))
    assert len(passed) > 12


def test_what_was_said_of_a_success_goes(page: Page, url: str) -> None:
    page.clock.install()
    record(opened(page, url), "5")
    page.clock.run_for(10_000)
    expect(said(page)).to_have_text("")
    expect(page.locator(".toast")).to_have_css("border-top-width", "0px")


def test_the_keyboard_scrolls_the_table(page: Page, url: str) -> None:
    opened(page, url)
    for balance in "123456":
        record(page, balance)
    box = page.get_by_role("region", name="Your balances by date")
    before = box.evaluate("box => box.scrollTop")
    box.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(
        "before => document.querySelector('.scroll').scrollTop < before", arg=before
    )


def test_changes_are_announced(page: Page, url: str) -> None:
    """Where something is said, its live region was there before, and stays the same element."""
    opened(page, url)
    live = {name: page.locator(name).element_handle() for name in (".said", "#error")}
    assert [live[name].get_attribute("role") for name in live] == ["status", "alert"]
    record(page, "5")
    assert "is recorded" in live[".said"].inner_text()
    set_balance(page, "1,234")
    expect(page.locator("#error")).not_to_be_empty()
    assert "could mean" in live["#error"].inner_text()


def test_what_moves_stands_still_for_those_who_want_that(page: Page, url: str) -> None:
    page.emulate_media(reduced_motion="no-preference")
    record(opened(page, url), "5")
    cell = page.locator(".latest td").first
    name = "cell => getComputedStyle(cell).animationName"
    assert cell.evaluate(name) == "latest"
    page.emulate_media(reduced_motion="reduce")
    assert cell.evaluate(name) == "none"


def test_forced_colours_keep_the_chart_and_the_focus(page: Page, url: str) -> None:
    page.emulate_media(forced_colors="active")
    opened(page, url)
    stroke = "path => getComputedStyle(path).stroke"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for part in (".chart .balance path", ".plot line"):
        assert page.locator(part).first.evaluate(stroke) not in ("none", ground)
    field(page).focus()
    assert field(page).evaluate("input => getComputedStyle(input).outlineStyle") == "solid"


def test_print_shows_the_history_and_nothing_to_press(page: Page, url: str) -> None:
    page.emulate_media(color_scheme="dark")
    record(opened(page, url), "5")
    page.emulate_media(media="print", color_scheme="dark")
    for shown in (page.locator(".summary"), page.locator(".chart svg"), rows(page).first):
        expect(shown).to_be_visible()
    for hidden in ("nav", ".record", ".keep", ".toast", ".find", ".switch", ".notice"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    box = page.locator(".scroll")
    assert box.evaluate("box => box.scrollHeight === box.clientHeight")
    text = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert sum(map(int, re.findall(r"\d+", text))) < 3 * 128
