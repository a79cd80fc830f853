"""The page's chart: what it draws and reads out, by pointer, finger and keyboard."""

import re
from datetime import date, timedelta

import pytest
from pages import (
    MONTHS,
    NewContext,
    daily,
    give,
    look_again,
    opened,
    plain,
    record,
    set_balance,
    toast,
    today,
    written,
)
from playwright.sync_api import Locator, Page, expect


def chart(page: Page) -> Locator:
    return page.get_by_role("region", name="Chart")


def readout(page: Page) -> Locator:
    return page.locator(".readout")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Day in the chart")


def choose(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def point_at(page: Page, share: float) -> None:
    """Move the pointer to a share of the plot's width."""
    box = page.locator(".plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + 100)


def points(page: Page, line: int = 0) -> list[tuple[float, float]]:
    """Return the points of a stretch of the chart's line, in px."""
    path = page.locator(".plot path.line").nth(line).get_attribute("d") or ""
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def levels(page: Page) -> list[float]:
    ys = page.locator(".level line").evaluate_all("lines => lines.map(l => l.getAttribute('y1'))")
    return [float(y) for y in ys]


def test_chart_reads_out_balance_day_and_change(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily((10, 30, 20), now - timedelta(days=2)))
    opened(page, url)
    point_at(page, 0.99)
    day = f"{written(now, now)} {now.year}"
    yesterday = written(now - timedelta(days=1), now)
    assert plain(readout(page).inner_text()) == f"R 20,00 {day} · -R 10,00 since {yesterday}"
    expect(page.locator(".hair circle")).to_have_count(1)
    point_at(page, 0.1)
    assert plain(readout(page).inner_text()).startswith("R 10,00")
    page.mouse.move(0, 0)
    expect(readout(page)).to_have_count(0)


def test_chart_is_read_by_keyboard(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily((10, 30, 20), now - timedelta(days=2)))
    opened(page, url)
    slider(page).focus()
    expect(readout(page)).to_contain_text(re.compile(r"R\s20,00"))
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_contain_text(re.compile(r"R\s30,00"))
    expect(slider(page)).to_have_attribute(
        "aria-valuetext", re.compile(r"^R\s30,00, .*\+R\s20,00 since")
    )
    page.keyboard.press("Home")
    expect(readout(page)).to_contain_text(re.compile(r"R\s10,00"))
    page.keyboard.press("Tab")
    expect(readout(page)).to_have_count(0)


def test_chart_of_samples_in_bitcoin_makes_up_no_scale(page: Page, url: str) -> None:
    opened(page, url)
    page.get_by_role("button", name="Bitcoin", exact=True).click()
    expect(page.locator(".plot .unknown")).to_have_text("no rate")
    expect(page.locator(".plot .level, .plot .mark")).to_have_count(0)


def test_one_day_in_bitcoin_is_no_stretch_without_a_rate(page: Page, url: str) -> None:
    give(page, url, [f"{today(page, url)},5,,,1000000"])
    opened(page, url)
    page.get_by_role("button", name="Bitcoin", exact=True).click()
    expect(page.locator(".plot .end")).to_have_count(1)
    expect(page.locator(".plot .unknown")).to_have_count(0)


def test_chart_is_read_by_touch(new_context: NewContext, url: str) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = opened(context.new_page(), url)
    page.locator(".plot").tap()
    expect(readout(page)).to_contain_text(re.compile(r"R\s1\d\s\d{3},\d\d"))


def test_chart_shows_one_value_a_day_the_last(page: Page, url: str) -> None:
    now = today(page, url)
    before = now - timedelta(days=5)
    give(page, url, [f"{before},10", f"{before},20", f"{now},1", f"{now},30"])
    opened(page, url)
    expect(slider(page)).to_have_attribute("max", "1")
    point_at(page, 0.1)
    expect(readout(page)).to_contain_text(re.compile(r"R\s20,00"))
    point_at(page, 0.99)
    assert "+R 29,00 since earlier that day" in plain(readout(page).inner_text())


def test_bitcoin_is_told_at_each_days_own_rate_with_gaps(page: Page, url: str) -> None:
    """Not the rand divided by today's price; where no rate is known, there is no line."""
    now = today(page, url)
    rates = ["", "", ",,,500000.00", ",,,800000.00", "", ",,,500000.00"]
    lines = daily((f"1000{rate}" for rate in rates), now - timedelta(days=5))
    give(page, url, lines)
    opened(page, url)
    choose(page, "Bitcoin")
    expect(page.locator(".plot path.line")).to_have_count(2)
    (_, first), (_, second) = points(page)
    assert first < second, "1000 rand at 800 000 are less bitcoin"
    expect(page.locator(".unknown")).to_have_count(2)
    expect(page.locator(".unknown").first).to_contain_text("no rate")
    slider(page).focus()
    expect(readout(page)).to_contain_text(re.compile(r"0,00200000 BTC.*at R\s500\s000,00"))
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_contain_text("no rate")
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_contain_text(re.compile(r"0,00125000 BTC.*at R\s800\s000,00"))


def test_unit_is_remembered(page: Page, url: str) -> None:
    opened(page, url)
    choose(page, "Bitcoin")
    page.reload()
    expect(page.get_by_role("button", name="Bitcoin", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize(
    ("range_", "ticks"),
    [
        ("1M", ["1 Mar", "7 Mar", "13 Mar", "19 Mar", "25 Mar"]),
        ("6M", ["Oct", "Nov", "Dec", "2026", "Feb", "Mar"]),
        ("1Y", [*MONTHS[3:], "2026", "Feb", "Mar"]),
        ("All", [str(year) for year in range(2019, 2027)]),
    ],
)
def test_ticks_are_days_or_the_starts_of_months_or_years(
    page: Page, url: str, range_: str, ticks: list[str]
) -> None:
    page.route(
        "**/api/balances",
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            headers=answer.headers | {"good-bank-today": "2026-03-25"},
        ),
    )
    give(page, url, daily(range(3000), date(2026, 3, 25) - timedelta(days=2999)))
    opened(page, url)
    choose(page, range_)
    expect(page.locator(".tick text")).to_have_text(ticks)


def test_two_months_have_labels_even_with_one_start_of_a_month(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=50)},10", f"{now},30"])
    opened(page, url)
    choose(page, "All")
    expect(page.locator(".tick text")).to_have_count(6)


def test_chart_in_a_sentence(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=9)},10", f"{now},30"])
    opened(page, url)
    name = page.locator(".plot svg").get_attribute("aria-label") or ""
    first, last = written(now - timedelta(days=9), now), written(now, now)
    assert plain(name) == f"From R 10,00 on {first} to R 30,00 on {last}."


@pytest.mark.parametrize(
    "balances",
    [["0"], ["-5", "-5"], ["0.01", "0.02"], ["999999999999.99", "-999999999999.99"]],
    ids=["one", "level", "tiny", "huge"],
)
def test_chart_holds_any_balances(page: Page, url: str, balances: list[str]) -> None:
    """Every point lies between the lowest and the highest level, and no label comes twice."""
    now = today(page, url)
    give(page, url, daily((f"{b},,,1000000.00" for b in balances), now - timedelta(days=2)))
    opened(page, url)
    for unit in ("Rand", "Bitcoin"):
        choose(page, unit)
        found = points(page)
        assert len(found) == len(balances)
        assert all(min(levels(page)) - 1 <= y <= max(levels(page)) + 1 for _, y in found)
        labels = page.locator(".level text").all_text_contents()
        assert len(set(labels)) == len(labels) >= 2
        for label in page.locator(".level text").all():
            assert label.evaluate("text => text.getBBox().width") <= found[0][0]


def test_ten_thousand_days_can_all_be_read_off(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily((f"{n}.25" for n in range(10_000)), now - timedelta(days=9_999)))
    opened(page, url)
    choose(page, "All")
    expect(slider(page)).to_have_attribute("max", "9999")
    slider(page).focus()
    page.keyboard.press("Home")
    expect(readout(page)).to_contain_text(re.compile(r"R\s0,25"))


def test_slider_stays_at_the_newest_day_when_another_comes(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily((10, 30), now - timedelta(days=5)))
    opened(page, url)
    slider(page).focus()
    page.request.post(f"{url}/api/update", form={"balance": "20"})
    look_again(page)
    expect(slider(page)).to_have_attribute("max", "2")
    expect(readout(page)).to_contain_text(re.compile(r"R\s20,00"))


def test_chart_follows_the_window_and_the_scheme(page: Page, url: str) -> None:
    opened(page, url)
    line = page.locator(".plot path.line")
    width, colour = line.evaluate("path => [path.getBBox().width, getComputedStyle(path).stroke]")
    page.set_viewport_size({"width": 500, "height": 700})
    page.wait_for_function(
        "width => document.querySelector('path.line').getBBox().width < width", arg=width - 100
    )
    page.emulate_media(color_scheme="dark")
    assert line.evaluate("path => getComputedStyle(path).stroke") != colour


def test_samples_are_dashed_until_there_are_two_days_of_ones_own(page: Page, url: str) -> None:
    opened(page, url)
    expect(chart(page).get_by_text("samples", exact=True)).to_be_visible()
    line = page.locator(".plot path.line")
    assert line.evaluate("path => getComputedStyle(path).strokeDasharray") != "none"
    record(page, "5")
    expect(chart(page).get_by_text("samples", exact=True)).to_be_visible()
    expect(page.locator(".plot .end")).to_have_count(1)
    set_balance(page, "7", str(today(page, url) - timedelta(days=3)))
    expect(toast(page)).to_contain_text("7,00")
    expect(chart(page).get_by_text("samples", exact=True)).to_have_count(0)
    assert len(points(page)) == 2


def test_area_ends_at_zero_which_is_marked(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily((10, -10, 5), now - timedelta(days=2)))
    opened(page, url)
    zero = page.locator(".level.zero line").get_attribute("y1") or ""
    area = page.locator(".plot .area").get_attribute("d") or ""
    (end,) = re.findall(r"V([\d.]+)H", area)
    assert abs(float(end) - float(zero)) <= 1
