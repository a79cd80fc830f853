"""The page's chart: what it draws and reads out, by pointer, finger and keyboard."""

import re
from datetime import date, timedelta

from flask import Flask
from pages import Bank, NewContext, daily, set_price
from playwright.sync_api import Locator, Page, expect

from demo.luno import Luno

FIRST = date(2024, 1, 1)


def readout(page: Page) -> Locator:
    return page.locator(".readout")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Day in the chart")


def point_at(page: Page, share: float) -> None:
    """Move the pointer to a share of the plot's width."""
    box = page.locator(".plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + 100)


def points(page: Page, line: int = 0) -> list[tuple[float, float]]:
    """Return the points of a stretch of the chart's line, in px."""
    path = page.locator(".plot path.line").nth(line).get_attribute("d") or ""
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def test_chart_is_read_by_pointer_and_keys(page: Page, bank: Bank, app: Flask, luno: Luno) -> None:
    """One value a day, the last, compared with the balance before it."""
    bank.give(["2035-05-11,10", "2035-05-14,7", "2035-05-14,30", "2035-05-16,20"])
    bank.open()
    svg = page.get_by_role("img", name="From R 10,00 on")
    expect(svg).to_have_accessible_name("From R 10,00 on 11 May to R 20,00 on 16 May.")
    bank.choose("All")
    expect(page.locator(".tick text")).to_have_count(6)  # days, of less than two months
    point_at(page, 0.99)
    told = "R 20,00 16 May 2035 · −R 10,00 since 14 May"
    expect(readout(page)).to_have_text(told, use_inner_text=True)
    expect(page.locator(".hair circle")).to_have_count(1)
    point_at(page, 0.6)
    expect(readout(page)).to_contain_text("+R 23,00 since earlier that day")
    page.mouse.move(0, 0)
    expect(readout(page)).to_have_count(0)
    expect(slider(page)).to_have_attribute("max", "2")
    slider(page).focus()
    expect(readout(page)).to_contain_text("R 20,00")
    page.keyboard.press("ArrowLeft")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(r"^R\s30,00, .*\+R\s23,00"))
    page.keyboard.press("Home")
    expect(readout(page)).to_contain_text("R 10,00")
    set_price(app, luno, "800000.00")
    bank.look_again()
    expect(bank.rows.last).to_contain_text("0,00002500")
    expect(slider(page)).to_have_value("0")
    page.keyboard.press("Tab")
    expect(readout(page)).to_have_count(0)
    slider(page).focus()
    page.request.post(f"{bank.url}/api/update", form={"balance": "1", "date": "2035-05-11"})
    page.request.post(f"{bank.url}/api/update", form={"balance": "5"})
    bank.look_again()
    expect(readout(page)).to_contain_text("R 5,00")  # it stays at the newest day


def test_bitcoin_is_told_at_each_days_own_rate_with_gaps(page: Page, bank: Bank) -> None:
    """Not the rand divided by today's price; where no rate is known, there is no line."""
    now = bank.today()
    bank.open()
    bank.choose("Bitcoin")
    expect(page.locator(".unknown")).to_have_text("no rate")  # of samples
    expect(page.locator(".plot .level, .plot .mark")).to_have_count(0)
    bank.give([f"{now},5,,,1000000"])
    bank.look_again()
    expect(page.locator(".plot .end")).to_have_count(1)
    expect(page.locator(".unknown")).to_have_count(0)
    page.request.delete(f"{bank.url}/api/balances")
    rates = ["", "", ",,,500000.00", ",,,800000.00", "", ",,,500000.00"]
    bank.give(daily((f"1000{rate}" for rate in rates), now - timedelta(days=5)))
    bank.look_again()
    expect(page.locator(".plot path.line")).to_have_count(2)
    (_, first), (_, second) = points(page)
    assert first < second, "1000 rand at 800 000 are less bitcoin"
    expect(page.locator(".unknown")).to_have_text(["no rate", "no rate"])
    slider(page).focus()
    expect(readout(page)).to_contain_text(re.compile(r"0,00200000 BTC.*at R\s500\s000,00"))
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_contain_text("no rate")


def test_chart_holds_any_balances(page: Page, bank: Bank) -> None:
    """Every point lies between the lowest and the highest level; the area ends at zero."""
    largest = [f"{balance},,,1000000.00" for balance in ("999999999999.99", "-999999999999.99")]
    bank.give(daily(largest, bank.today() - timedelta(days=2)))
    bank.open()
    for unit in ("Bitcoin", "Rand"):
        bank.choose(unit)
        expect(page.locator(".level.zero")).to_have_count(1)
        found = points(page)
        assert len(found) == 2
        levels = page.locator(".level line").evaluate_all("all => all.map(l => l.y1.baseVal.value)")
        assert all(min(levels) - 1 <= y <= max(levels) + 1 for _, y in found)
        for label in page.locator(".level text").all():
            assert label.evaluate("text => text.getBBox().width") <= found[0][0]
        zero = page.locator(".level.zero line").get_attribute("y1") or ""
        area = page.locator(".plot .area").get_attribute("d") or ""
        (end,) = re.findall(r"V([\d.]+)H", area)
        assert abs(float(end) - float(zero)) <= 1
    page.set_viewport_size({"width": 500, "height": 700})
    page.wait_for_function("document.querySelector('path.line').getBBox().width < 500")


def test_samples_are_dashed_until_there_are_two_own_days(new_context: NewContext, url: str) -> None:
    """On a phone, where the chart is read by a finger."""
    phone = {"width": 360, "height": 740}
    page = new_context(viewport=phone, has_touch=True, is_mobile=True).new_page()
    bank = Bank(page, url).open()
    page.locator(".plot").tap()
    expect(readout(page)).to_contain_text(re.compile(r"R\s1\d\s\d{3},\d\d"))
    samples = page.get_by_role("region", name="Chart").get_by_text("samples", exact=True)
    expect(samples).to_be_visible()
    line = page.locator(".plot path.line")
    assert line.evaluate("path => getComputedStyle(path).strokeDasharray") != "none"
    bank.record("5")
    expect(samples).to_be_visible()
    expect(page.locator(".plot .end")).to_have_count(1)
    bank.record("7", str(bank.today() - timedelta(days=3)))
    expect(samples).to_have_count(0)
    assert len(points(page)) == 2
