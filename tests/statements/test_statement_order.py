"""Statements: which row closes a day, and what is doubtful about it."""

import pytest
from readings import HEADER, reading, shown

DAY_ONE = ["2026-02-01,a,-1,9\n", "2026-02-01,b,1,10\n"]
DAY_TWO = ["2026-02-02,c,5,15\n", "2026-02-02,d,2,17\n"]
CLOSING = [("2026-02-01", "10.00"), ("2026-02-02", "17.00")]
ALL = [("2026-02-01", "9.00"), CLOSING[0], ("2026-02-02", "15.00"), CLOSING[1]]


@pytest.mark.parametrize(
    "rows",
    [
        DAY_ONE + DAY_TWO,
        DAY_TWO[::-1] + DAY_ONE[::-1],
        DAY_TWO + DAY_ONE,
        DAY_ONE[::-1] + DAY_TWO[::-1],
        [DAY_TWO[0], *DAY_ONE, DAY_TWO[1]],
    ],
    ids=["up", "down", "days down", "rows down", "mixed days"],
)
def test_balance_chain_tells_the_order_within_a_day(rows: list[str]) -> None:
    text = HEADER + "".join(rows)
    assert shown(text) == CLOSING
    assert shown(text, each="row") == ALL
    assert reading(text).doubts == []


@pytest.mark.parametrize(
    ("rows", "closing"),
    [
        ("2026-02-01,1\n2026-02-01,2\n2026-02-02,3\n", "2.00"),
        ("2026-02-02,3\n2026-02-01,2\n2026-02-01,1\n", "2.00"),
    ],
)
def test_direction_of_the_dates_tells_it_where_no_chain_does(rows: str, closing: str) -> None:
    assert shown("Date,Balance\n" + rows)[0] == ("2026-02-01", closing)
    assert reading("Date,Balance\n" + rows).doubts == []


@pytest.mark.parametrize(
    "rows",
    [
        "2026-02-01,1\n2026-02-01,2\n",
        "2026-02-01,1\n2026-02-03,2\n2026-02-03,3\n2026-02-02,3\n",
    ],
)
def test_order_that_nothing_tells_is_a_doubt(rows: str) -> None:
    text = "Date,Balance\n" + rows
    assert any("down or up" in doubt for doubt in reading(text).doubts)
    assert any("down or up" in doubt for doubt in reading(text, each="row").doubts)


def test_order_that_does_not_matter_is_no_doubt() -> None:
    assert reading("Date,Balance\n2026-02-01,5\n2026-02-01,5\n").doubts == []


def test_dates_that_run_neither_way_are_a_doubt_unless_the_chain_proves_their_order() -> None:
    (doubt,) = reading("Date,Balance\n2026-02-03,5\n2026-02-01,5\n2026-02-02,6\n").doubts
    assert "neither down nor up" in doubt
    proven = HEADER + "2026-02-03,a,1,8\n2026-02-01,b,1,6\n2026-02-02,c,1,7\n"
    assert reading(proven).doubts == []


def test_amounts_that_cancel_out_prove_no_order() -> None:
    """100 after 50 and 50 after 100 both follow."""
    found = reading(HEADER + "2026-02-01,a,50,100\n2026-02-01,b,-50,50\n")
    assert any("down or up" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (
            HEADER + "2026-02-01,a,-1,9\n2026-02-01,b,1,10\n2026-02-02,c,5,16\n2026-02-03,d,2,18\n",
            "line 4",
        ),
        (HEADER + "2026-02-01,a,-1,9\n2026-02-02,b,1,33\n2026-02-03,c,5,77\n", "do not follow"),
        (HEADER + "2026-02-01,a,-10,110\n2026-02-02,b,-20,130\n", "what you owe"),
        (HEADER + "2026-02-01,a,-1,9\n,b,1,11\n2026-02-02,c,5,15\n", "Line 3 has a balance"),
        ("Date,Balance,Dr/Cr\n2026-02-01,90,CR\n2026-02-02,10,DR\n", "says Dr"),
        (
            "Date,Amount,Balance\n2026-02-01,1,5\nDate,Balance,Text\n2026-02-02,6,7\n",
            "Line 3 looks like the header",
        ),
        ("Date,Balance,Note\n2026-02-01,1234,56,\n2026-02-02,-7,00,\n", "lost their cents"),
        (
            "Date,Balance\n2026-02-01,5\n2026-02-02,6\nDate,Balance\n2026-02-01,7\n2026-02-02,8\n",
            "Line 4 repeats the header",
        ),
        (
            "Date,Balance\n2026-02-01,5\n2026-02-02,6\nDate,Balance,\n2026-02-03,70\n2026-02-04,80\n",
            "Line 4 repeats the header",
        ),
        ("Date,Currency,Balance\n2026-02-01,ZAR,5\n2026-02-02,USD,6\n", "“USD”"),
    ],
)
def test_what_may_be_wrong_is_a_doubt(text: str, doubt: str) -> None:
    assert any(doubt in each for each in reading(text).doubts)


def test_header_on_each_page_is_no_doubt_where_the_balances_follow() -> None:
    rows = (f"2026-02-0{n},a,1,{2 * n}\n2026-02-0{n},b,1,{2 * n + 1}\n" for n in (1, 2, 3))
    assert reading("".join(HEADER + page for page in rows)).doubts == []


@pytest.mark.parametrize(
    "text",
    [
        "Date,Amount,Fee,Balance\n2026-02-01,-10,-1,89\n2026-02-01,-20,,69\n2026-02-02,5,-1,73\n",
        "Date,Money In,Money Out,Balance\n2026-02-01,,10,89\n2026-02-01,,20,69\n2026-02-02,4,,73\n",
        "Date,In,Out,Balance\n2026-02-01,,-10,89\n2026-02-01,,-20,69\n2026-02-02,4,,73\n",
        "Date,Debit,Credit,Fee,Balance\n2026-02-01,10,,1,89\n2026-02-01,19,,1,69\n2026-02-02,,5,1,73\n",
        "Date,Amount,Dr/Cr,Balance\n2026-02-01,10,DR,89\n2026-02-01,20,DR,69\n2026-02-02,4,CR,73\n",
        "Datum;Bedrag;Saldo\n2026-02-01;-10,5;89,00\n2026-02-01;-20;69\n2026-02-02;4;73\n",
        "Date,Movement,x,Balance\n2026-02-01,-10,1,89\n2026-02-01,-20,1,69\n2026-02-02,4,1,73\n",
    ],
)
def test_amounts_in_any_columns_make_a_chain(text: str) -> None:
    head, *rows = text.splitlines(keepends=True)
    for listed in (rows, rows[::-1], [rows[2], *rows[:2]], [rows[1], rows[0], rows[2]]):
        found = reading(head + "".join(listed))
        assert [balance.cents for balance in found.balances] == [6900, 7300]
        assert found.doubts == []
