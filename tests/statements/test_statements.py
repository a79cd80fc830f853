"""Statements: where the table is, which of its columns and rows count, what is doubted or refused.

Most rules have their cases in `cases.toml`. The files of banks are read in
`test_statement_banks.py`, random ones in `test_statement_dialects.py`.
"""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from readings import HEADER, amounts, reading, refusal, shown

from server.statements import StatementError

HERE = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "cases.toml").read_text())


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = dict(CASES[name])
    text = case.pop("text") if "text" in case else (HERE / name).read_bytes()
    choices = case.pop("choices", {})
    if field := case.pop("refused", None):
        error = refusal(text, **choices)
        assert (error["field"], error.get("line")) == (field, case.get("line"))
        assert case.get("why", "") in error["detail"]
        return
    found = reading(text, **choices)
    doubt, skipped = case.pop("doubt", None), case.pop("skipped", None)
    assert any(doubt in each for each in found.doubts) if doubt else found.doubts == []
    if skipped:
        assert {str(each["line"]) for each in found.skipped} == set(skipped)
        assert all(skipped[str(each["line"])] in each["detail"] for each in found.skipped)
    told = vars(found) | {"balances": amounts(found), "days": dict(shown(found))}
    assert {name: told[name] for name in case} == case


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]
)
def test_encoding_is_told_by_content(encoding: str) -> None:
    found = reading("Datum,Beskrywing,Saldo\n2026-01-31,Môre,5\n".encode(encoding))
    assert found.columns == ["Datum", "Beskrywing", "Saldo"]


def test_every_bad_line_is_named() -> None:
    text = "Date,Balance\n2026-03-01,9.00\n2026-03-02,abc\n2026-02-31,1.234\n2026-03-03,7.00\n"
    with pytest.raises(StatementError) as caught:
        reading(text)
    told = [(error["field"], error["line"]) for error in caught.value.errors]
    assert told == [("balance", 3), ("balance", 4), ("date", 4)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("date_column", name) for name in ("Nope", "Text")),
        *(("balance_column", name) for name in ("0", "5", "9" * 5000, "²", "Date")),
        ("balance_column", "Balance"),  # there are two
        *(("date_order", "ydm"), ("decimal", ";"), ("each", "week"), ("bad_lines", "drop")),
    ],
)
def test_choice_that_cannot_be_followed_is_refused(field: str, value: str) -> None:
    text = "Date,Text,Balance,Balance\n2026-02-02,a,5,6\n"
    assert refusal(text, **{field: value})["field"] == field


# What is told of a reading


def test_reading_tells_how_and_where_it_read() -> None:
    text = HEADER + "1 Mar 2026,a,-1,R9\n1 Mar 2026,b,-1,R8\nTotal,,,\n2 Mar 2026,c,-1,R6\n"
    found = reading(text)
    assert (found.kind, found.columns) == ("csv", ["Date", "Description", "Amount", "Balance"])
    assert (found.date_column, found.date_order) == ("Date", "dmy")
    assert (found.balance_column, found.decimal, found.each) == ("Balance", ".", "day")
    assert (found.rows, [skipped["line"] for skipped in found.skipped]) == (3, [4])
    sources = [tuple(source) for source in found.sources]
    assert sources == [(3, "1 Mar 2026", "R8"), (5, "2 Mar 2026", "R6")]
    assert found.day_balances == {"2026-03-01": [900, 800], "2026-03-02": [600]}
    assert (found.doubt_lines, found.doubt_choices) == ([[5]], [None])


def test_reading_of_ofx_tells_no_columns() -> None:
    found = reading("<OFX><LEDGERBAL><BALAMT>5.00<DTASOF>20260103</LEDGERBAL></OFX>")
    assert (found.kind, found.columns) == ("ofx", [])
    assert (found.date_column, found.balance_column) == (None, None)


# Our own export

OURS = "date,balance,btc,btc_then,rate_then\n"


def test_own_export_brings_its_rates_back_whatever_is_chosen() -> None:
    found = reading(OURS + "2026-02-02,1,,,5.12345678\n2026-02-02,2,,,\n", each="day")
    assert [rate for _, _, rate in found.balances] == [Decimal("5.12345678"), None]
    spreadsheet = reading(OURS.upper() + '2026-02-01,-1.50,,,"1028800,50"\n')
    assert [rate for _, _, rate in spreadsheet.balances] == [Decimal("1028800.50")]


@pytest.mark.parametrize("rate", ["0", "0.00", "-1", "x", "1.123456789", "1" * 13, "1e6", "NaN"])
def test_bad_rate_is_refused_with_its_line(rate: str) -> None:
    error = refusal(OURS + f"2026-02-02,1.00,,,5\n2026-02-02,1.00,,,{rate}\n")
    assert (error["field"], error["line"]) == ("rate_then", 3)
    assert f"“{rate}”" in error["detail"]
