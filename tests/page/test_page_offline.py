"""The page on the home screen: what it costs while it is open, and what it shows without a line."""

from datetime import date

from flask import Flask
from pages import daily, give, headline, look_again, opened, plain, rows, set_price
from playwright.sync_api import Page, expect

from demo.luno import Luno


def test_a_new_price_costs_an_open_page_at_most_2_kb(
    page: Page, app: Flask, url: str, luno: Luno
) -> None:
    set_price(app, luno, "1000000.00")
    give(page, url, daily(range(1000, 4000), date(2020, 1, 1)))
    opened(page, url)
    sizes: list[int] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    set_price(app, luno, "1250000.00")
    look_again(page)
    price = page.get_by_role("region", name="Bitcoin price")
    expect(price).to_contain_text("1 250 000,00".replace(" ", "\u00a0"))
    assert "0,00319920 BTC" in headline(page)
    assert "0,00319920" in plain(rows(page).last.inner_text())
    assert 0 < sum(sizes) <= 2000
