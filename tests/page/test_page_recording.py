"""The page: recording a balance, in a real Chromium, over real HTTP."""

from datetime import UTC, datetime, timedelta

from conftest import MakeApp, Serve
from pages import COMPOSED, Bank, NewContext, daily
from playwright.sync_api import Locator, Page, expect


def record_button(bank: Bank) -> Locator:
    return bank.form.get_by_role("button", name="Record balance")


def test_balance_is_recorded_taken_back_and_recorded_again(page: Page, bank: Bank) -> None:
    bank.open()
    page.evaluate("window.same = true")
    live = page.locator("#toast[role=status]").element_handle()  # what is said there is announced
    bank.field.fill("R1,234.56 Cr")
    expect(bank.understood).to_have_text("That is R 1 234,56 · 0,00123456 BTC")
    bank.field.press("Enter")
    expect(bank.toast).to_contain_text("Recorded 16 May, R 1 234,56")
    assert "Recorded" in live.inner_text()
    expect(bank.field).to_have_value("")
    assert bank.told() == ["16 May Wed R 1 234,56 first 0,00123456 0,00123456 unchanged"]
    bank.search.fill("nothing")
    expect(bank.rows).to_have_count(0)
    bank.field.fill("2")
    record_button(bank).dblclick()
    expect(bank.rows).to_have_count(2)  # the search has ended, so that the new one shows
    bank.undo.click()
    expect(bank.toast).to_contain_text("Undone: recorded 16 May, R 2,00")
    expect(bank.rows).to_have_count(1)
    bank.record("2")  # the same values, but no repeat
    expect(bank.rows).to_have_count(2)
    bank.field.fill("-7.77")
    expect(bank.understood).to_have_text("That is −R 7,77 · −0,00000777 BTC")
    expect(bank.form).to_contain_text("16 May has R 2,00 already; this is another one.")
    bank.day.fill("2024-02-29")
    expect(bank.form).not_to_contain_text("already")
    assert page.evaluate("window.same")
    assert bank.balances() == ["1234.56", "2.00"]


def test_recording_keeps_the_eye_where_it_is(page: Page, bank: Bank) -> None:
    """The form stays where it is, the toast names what was recorded, and the row is there."""
    bank.give(daily(range(1, 60), bank.today() - timedelta(days=60)))
    bank.open()
    for width, height, balance in ((1280, 740, "4711"), (360, 740, "4712"), (1920, 1080, "4713")):
        page.set_viewport_size({"width": width, "height": height})
        bank.record(balance)
        written = f"R {balance[0]} {balance[1:]},00"
        expect(bank.toast).to_contain_text(written)
        expect(bank.rows.last).to_contain_text(written)
        expect(bank.field).to_be_focused()
        expect(bank.field).to_be_in_viewport(ratio=1)
        expect(bank.form.get_by_role("button", name="Record")).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0
    expect(bank.rows.last).to_be_in_viewport(ratio=0.99)  # on a wide screen beside the form
    assert page.evaluate("document.documentElement.scrollHeight") == 1080


def test_refused_balance_stays_with_its_reason_and_is_not_sent(page: Page, bank: Bank) -> None:
    bank.open()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    before, live = record_button(bank).bounding_box(), bank.error.element_handle()
    for typed, reason in (
        ("1,234", "1,234 could mean 1234 rand or 1.23 rand: write one of them."),
        ("", "Enter a balance in rand, such as 1234.56."),
    ):
        bank.field.fill(typed)
        record_button(bank).click()
        expect(bank.error).to_have_text(reason)
        assert live.inner_text() == reason, "it is not announced"
        expect(bank.field).to_have_value(typed)
        expect(bank.field).to_be_focused()
        expect(bank.field).to_have_attribute("aria-invalid", "true")
        expect(bank.field).to_have_accessible_description(reason)
        assert record_button(bank).bounding_box() == before, "the error pushes the button"
    bank.field.fill("5")
    expect(bank.error).to_have_text("")
    expect(bank.field).to_have_attribute("aria-invalid", "false")
    assert bank.field.evaluate(COMPOSED, "Enter"), "an Enter that ends a composition sends nothing"
    assert sent == []


def test_overdraft_is_a_button_and_a_typed_minus(page: Page, bank: Bank) -> None:
    bank.open()
    button = bank.form.get_by_role("button", name="Overdraft")
    bank.field.press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.selectionStart === 1")  # after the minus
    page.keyboard.type("50")
    expect(bank.understood).to_contain_text("That is −R 50,00")
    button.click()
    expect(bank.field).to_have_value("50")
    expect(bank.field).to_be_focused()
    for typed, other in (("-50", "50"), ("(1,234.56)", "1\u00a0234,56")):
        bank.field.fill(typed)
        expect(button).to_have_attribute("aria-pressed", "true")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(bank.field).to_have_value(other)
    button.dblclick()
    expect(bank.field).to_have_value("1\u00a0234,56")
    button.click()
    bank.field.press("Enter")
    expect(bank.toast).to_contain_text("Recorded")
    assert bank.balances() == ["-1234.56"]


# Sending


def test_balance_is_sent_once_and_its_answer_takes_the_focus_from_nobody(bank: Bank) -> None:
    bank.open()
    with bank.held("**/api/update") as requests:
        bank.field.fill("5")
        for _ in range(2):
            bank.field.press("Enter")
        button = bank.page.get_by_role("button", name="Saving…")
        expect(button).to_have_attribute("aria-disabled", "true")
        button.click(force=True)  # Playwright would wait until it is enabled
        bank.search.fill("2026")
    expect(bank.toast).to_contain_text("Recorded")
    expect(bank.search).to_be_focused()
    expect(bank.search).to_have_value("2026")
    expect(bank.error).to_have_text("")
    assert len(requests) == 1
    assert bank.balances() == ["5.00"]
    detail = "The history has no mood for this."
    refusal = {"detail": detail, "status": 422, "errors": [{"field": "date", "detail": detail}]}
    refuse = lambda route: route.fulfill(status=422, json=refusal)  # noqa: E731
    bank.page.route("**/api/update", refuse, times=1)
    bank.set_balance("7")
    expect(bank.error).to_have_text(detail)
    expect(bank.field).to_have_attribute("aria-invalid", "false")
    expect(bank.day).to_have_attribute("aria-invalid", "true")


# The date


def test_old_statements_are_typed_in_one_after_the_other(page: Page, bank: Bank) -> None:
    """The date stays if it was not today; what is half typed outlives a reload until recorded."""
    bank.open()
    bank.record("1")
    bank.field.fill("2.")
    for typed, reason in (("1899-12-31", "before 1900"), ("", "the whole date")):
        bank.day.fill(typed)
        expect(bank.understood).not_to_contain_text("on ")
        bank.day.press("Enter")
        expect(bank.error).to_contain_text(reason)
        expect(bank.day).to_have_attribute("aria-invalid", "true")
    bank.day.fill("2024-02-29")
    page.reload()
    expect(bank.field).to_have_value("2.")
    expect(bank.understood).to_contain_text("That is R 2,00 on 29 Feb 2024 · 0,00000200")
    record_button(bank).click()
    expect(bank.rows.first).to_contain_text("29 Feb 2024")
    expect(bank.day).to_have_value("2024-02-29")
    expect(bank.field).to_be_focused()
    assert page.evaluate("scrollY") == 0
    bank.set_balance("3", "1900-01-01")
    expect(bank.rows.first).to_contain_text("1 Jan 1900")
    expect(bank.field).to_have_value("")
    assert bank.balances() == ["3.00", "2.00", "1.00"]
    page.reload()
    now = bank.today().isoformat()
    expect(bank.day).to_have_value(now)
    expect(bank.field).to_have_value("")
    # A browser would put back what stood there, which may be another day's today.
    bank.day.evaluate("field => (field.value = '2024-02-28')")
    page.goto(f"{bank.url}/api/health")
    page.go_back()
    expect(bank.day).to_have_value(now)


def test_date_of_another_day_goes_back_by_a_button_and_by_itself(page: Page, bank: Bank) -> None:
    page.clock.install()
    bank.open()
    now = bank.today()
    today = bank.form.get_by_role("button", name="Today")
    expect(today).to_have_count(0)
    bank.day.fill("2024-02-29")
    today.click()
    expect(bank.day).to_have_value(now.isoformat())
    expect(bank.day).to_be_focused()
    bank.day.fill("2024-02-29")
    page.clock.run_for(90_000)
    bank.field.fill("5")
    page.clock.run_for(110_000)
    expect(bank.day).to_have_value("2024-02-29")
    page.clock.run_for(15_000)
    expect(bank.day).to_have_value(now.isoformat())
    expect(bank.field).to_have_value("5")
    expect(bank.form).to_contain_text("The date is today’s again.")
    bank.day.fill("2024-02-29")
    page.reload()
    expect(bank.day).to_have_value("2024-02-29")
    page.goto(f"{bank.url}/api/health")  # as when a phone gives up the tab
    page.clock.run_for(121_000)
    bank.open()
    expect(bank.day).to_have_value(now.isoformat())
    expect(bank.form).to_contain_text("The date is today’s again.")
    page.context.set_offline(True)
    expect(bank.notice).to_contain_text("You are offline.")  # what was being asked has ended
    page.clock.fast_forward("24:00:00")
    expect(bank.day).to_have_value((now + timedelta(days=1)).isoformat())


def test_date_is_the_servers_today_until_its_midnight(
    new_context: NewContext, make_app: MakeApp, serve: Serve
) -> None:
    """On the server it is a day or two before what the browser's clock says."""
    app = make_app(TIMEZONE="Etc/GMT+12")
    page = new_context(timezone_id="Pacific/Kiritimati").new_page()
    bank = Bank(page, serve(app)).open()
    west, east = ((datetime.now(UTC) + timedelta(hours=h)).date() for h in (-12, 14))
    expect(bank.day).to_have_value(west.isoformat())
    bank.set_balance("5", east.isoformat())
    expect(bank.error).to_have_text("The date lies in the future.")
    expect(bank.day).to_be_focused()
    bank.record("5", "2024-02-29")
    app.config["TIMEZONE"] = "Etc/GMT-14"  # midnight passes
    bank.look_again()
    expect(bank.day).to_have_value(east.isoformat())
    bank.record("6")
    assert [entry["date"] for entry in bank.own()] == ["2024-02-29", east.isoformat()]
