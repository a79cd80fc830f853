"""Statements: what each rule makes of a file."""

import json
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT
from readings import HEADER, SAMPLES, reading, reason, refused, shown

from server.statements import StatementError

EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


@pytest.mark.parametrize("name", [name for name, days in EXPECTED.items() if days])
def test_sample_gives_the_closing_balance_of_each_day(name: str) -> None:
    assert shown((SAMPLES / name).read_bytes()) == [tuple(day) for day in EXPECTED[name]]


@pytest.mark.parametrize("name", [name for name, days in EXPECTED.items() if days])
def test_sample_is_read_without_a_doubt(name: str) -> None:
    assert reading((SAMPLES / name).read_bytes()).doubts == []


def test_amounts_alone_are_never_taken_for_balances() -> None:
    data = (SAMPLES / "discovery-no-balance.csv").read_bytes()
    assert refused(data) == [("balance_column", None)]
    with pytest.raises(StatementError) as caught:
        reading(data)
    assert caught.value.columns[0] == "Value Date"
    assert caught.value.columns[-1] == "Amount"


TWO = [("2026-01-31", "1234.50"), ("2026-02-28", "-7.00")]


@pytest.mark.parametrize(
    "text",
    [
        "date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n",
        "date,balance\r\n2026-01-31,1234.50\r\n2026-02-28,-7.00",
        "date,balance\r2026-01-31,1234.50\r2026-02-28,-7.00\r",
        "\ufeffDate,Balance\n2026/01/31,1234.50\n\n2026/02/28,-7\n,\n",
        "balance,note,date\n1234.5,=HYPERLINK(1),2026-01-31\n-7,,2026-02-28\n",
        'note,"date","balance"\n"two\nlines, ""quoted""",2026-01-31,1234.5\n,2026-02-28,-7',
        "date;balance\n2026/01/31;1234,50\n2026/02/28;-7\n",
        "date\tbalance\n2026-01-31\t1234.50\n2026-02-28\t-7\n",
        "date|balance\n2026-01-31|1234.50\n2026-02-28|-7\n",
        "sep=;\ndate;balance\n2026-01-31;1234,50\n2026-02-28;-7\n",
        "sep=:\ndate:balance\n2026-01-31:1234,50\n2026-02-28:-7\n",
        "date , balance \n2026-01-31 , 1234.50 \n 2026-02-28, -7\n",
        'date,balance,"a;b"\n2026-01-31,1234.5,\n2026-02-28,-7,\n',
        "date,balance,note\n2026-01-31,1234.5," + "x" * 200_000 + "\n2026-02-28,-7,\n",
        "date,text,balance\n2026-01-31,a;b;c|d,1234.5\n2026-02-28,e;f;g|h,-7\n",
        "date,text,balance\n2026-01-31,5\" pipe,1234.5\n2026-02-28,it's,-7\n",
        "date,balance,,\n2026-01-31,1234.5,,\n2026-02-28,-7,,\n",
        "date,balance\n2026-01-31,1234.5,\n2026-02-28,-7,,,\n",
        "Datum;Beskrywing;Saldo\n31 Januarie 2026;a;1 234,50\n28 Feb. 2026;b;-7,00\n",
        "Date,Balance (ZAR)\n20260131,R1 234.50\n20260228,-R7.00\n",
        '"Posting\nDate","Running\nBalance"\n31/01/2026,"1,234.50"\n28/02/2026,(7.00)\n',
        "Date,Saldo\n31-Jan-26,1234.50\n28-Feb-26,7.00-\n",
        "date,balance\n2026-01-31 23:59:59,1234.5\n2026-02-28T00:00:00+02:00,-7\n",
        'date,balance\nSat 31 Jan 2026,1234.5\n"Saturday, February 28, 2026",-7\n',
    ],
)
def test_what_banks_and_spreadsheets_save_is_read(text: str) -> None:
    assert shown(text) == TWO
    assert reading(text).doubts == []


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]
)
def test_encoding_is_told_by_content(encoding: str) -> None:
    text = "Datum,Beskrywing,Saldo\n2026-01-31,Café,1234.50\n2026-02-28,Môre,-7.00\n"
    assert shown(text.encode(encoding)) == TWO


LIBREOFFICE = sorted(
    (SAMPLES / "libreoffice").iterdir()
)  # saved by tests/statements/libreoffice.sh


@pytest.mark.parametrize("file", LIBREOFFICE, ids=lambda file: file.name)
def test_what_libreoffice_saves_in_south_africa_is_read(file: Path) -> None:
    data = file.read_bytes()
    assert reading(data).kind == file.suffix[1:]
    assert reading(data).doubts == []
    assert shown(data) == [tuple(day) for day in EXPECTED["fnb-history.csv"]]


@pytest.mark.skipif(
    not shutil.which("soffice"), reason="Needs LibreOffice; files it saved are tested"
)
@pytest.mark.parametrize("kind", ["csv", "ods", "xls", "xlsx"])
def test_libreoffice_still_saves_what_is_read(kind: str, tmp_path: Path) -> None:
    source = SAMPLES / "fnb-history.csv"
    command = ["sh", "tests/statements/libreoffice.sh", str(source), str(tmp_path), kind]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    saved = (tmp_path / f"fnb-history.{kind}").read_bytes()
    assert shown(saved) == shown(source.read_bytes())


def test_reading_tells_how_it_read() -> None:
    found = reading((SAMPLES / "fnb-history.csv").read_bytes())
    assert found.kind == "csv"
    assert found.columns == ["Date", "Amount", "Balance", "Description"]
    assert (found.date_column, found.date_order) == ("Date", "ymd")
    assert (found.balance_column, found.decimal, found.each) == ("Balance", ".", "day")
    assert found.rows == 24
    assert [skipped["line"] for skipped in found.skipped] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("Total,9.00\n" + HEADER + "2026-02-01,a,-1,9\n", {1: "above the header"}),
        (HEADER + "2026-02-01,a,-1,9\nTotal:,,-1,9\n", {3: "no date: “Total:”"}),
        (HEADER + "2026-02-02,p,-5,\n2026-02-01,a,-1,9\n", {2: "no balance"}),
        (HEADER + "2026-02-02,p,-5,Pending\n2026-02-01,a,-1,9\n", {2: "no balance"}),
        (HEADER + "2027-02-02,planned,-5,\n2026-02-01,a,-1,9\n", {2: "no balance"}),
        (HEADER + "2026-01-01,a,1,10\n" + HEADER + "2026-02-01,a,-1,9\n", {3: "no date"}),
        (HEADER + "2026-02-01,a,-1,9\nPage 2 of 3\n,,,\n", {3: "no date: “Page 2 of 3”"}),
        (
            '"note\n\nof three",x\n' + HEADER + "Closing balance,,,9\n2026-02-01,a,-1,9\n",
            {1: "above the header", 5: "no date"},
        ),
    ],
)
def test_line_that_is_no_row_is_passed_over_with_its_reason(
    text: str, skipped: dict[int, str]
) -> None:
    found = reading(text)
    assert [each["line"] for each in found.skipped] == list(skipped)
    for each in found.skipped:
        assert skipped[each["line"]] in each["detail"]
    assert found.balances[-1] == (date(2026, 2, 1), 900, None)
    assert found.doubts == []


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("2026-02-01,a,-1,9\n2026-02-02,b,3,12\n2026-02-03,b,-7,5\n", "Column 4"),
        ("9.00,a,-1.00,1,2026-02-01\n12.00,b,3,2,2026-02-02\n5.00,,-7,3,2026-02-03\n", "Column 1"),
        ("01Feb2026;a;;-1,00;9,00\n02Feb2026;b;3,00;;12,00\n03Feb2026;c;;-7,00;5,00\n", "Column 5"),
        ("20260201,1.00,0.50,8.50\n20260202,3.00,,5.50\n20260203,,2.00,3.50\n", "Column 4"),
    ],
)
def test_balance_column_without_a_header_is_found_by_the_balance_chain(
    text: str, column: str
) -> None:
    found = reading(text)
    assert found.balance_column == column
    assert len(found.balances) == 3
    assert found.doubts == []


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01,9\n2026-02-02,8\n",
        "2026-02-01,a,-1.00\n2026-02-02,b,3.00\n",
        "2026-02-01,a,-1,9\n2026-02-02,b,3,17\n2026-02-03,b,-7,44\n",
        "1,2026-02-01,1000\n1,2026-02-02,1001\n1,2026-02-03,1002\n",  # a number that counts rows
        "Date,Amount\n2026-02-01,9\n2026-02-02,8\n",
    ],
)
def test_column_that_nothing_proves_a_balance_is_refused_until_chosen(text: str) -> None:
    assert refused(text) == [("balance_column", None)]
    assert "no balance column" in reason(text)
    last = str(text.partition("\n")[0].count(",") + 1)
    assert len(reading(text, balance_column=last).balances) == text.count("2026-")


def test_column_under_an_unknown_name_is_a_balance_by_the_chain_with_a_doubt() -> None:
    found = reading(
        "When,What,How much,Left\n2026-02-01,a,-1,9\n2026-02-02,b,3,12\n2026-02-03,,1,13\n"
    )
    assert (found.date_column, found.balance_column) == ("When", "Left")
    assert [d for d in found.doubts if "“Left”" in d] == found.doubts != []


OPENING = "Opening balance,100.00\n"
MOVES = "Date,Description,Amount\n2026-02-02,a,-1.00\n2026-02-02,b,-2.00\n2026-02-01,b,3.00\n"


@pytest.mark.parametrize(
    ("text", "days", "doubtful"),
    [
        (OPENING + MOVES + "Closing balance,100.00\n", ["103.00", "100.00"], False),
        (OPENING + MOVES, ["103.00", "100.00"], True),
        (MOVES + "Eindsaldo,,100.00\n", ["103.00", "100.00"], True),
        (
            "Date,Text,Debit,Credit\n2026-02-01,Balance b/f,,100.00\n2026-02-01,x,1.00,\n"
            "2026-02-03,y,,3.00\n2026-02-04,Closing Balance,,102.00\n",
            ["99.00", "102.00"],
            False,
        ),
        ("OPEN,,5.00\nX,20260201,1.00\nX,20260202,-2.50\nCLOSE,,3.50\n", ["6.00", "3.50"], False),
    ],
)
def test_amounts_are_counted_from_an_opening_or_closing_balance(
    text: str, days: list[str], doubtful: bool
) -> None:
    assert [balance for _, balance in shown(text)] == days
    assert reading(text).balance_column is None
    assert bool(reading(text).doubts) == doubtful


@pytest.mark.parametrize(
    ("text", "field", "line"),
    [
        (OPENING + MOVES + "Closing balance,101.00\n", "balance", None),
        (OPENING + MOVES + "Opening balance,101.00\n", "balance", 6),
        (OPENING + MOVES.replace("2026-02-01", "2026-02-30"), "date", 5),
    ],
)
def test_amounts_that_do_not_add_up_are_refused(text: str, field: str, line: int | None) -> None:
    assert refused(text) == [(field, line)]


@pytest.mark.parametrize(
    ("header", "row", "date_column", "balance_column", "doubts"),
    [
        ("Value Date,Date,Balance", "2026-02-02,2026-02-01,5", "Date", "Balance", 1),
        ("Value Date,Date,Balance", "2026-02-01,2026-02-01,5", "Date", "Balance", 0),
        (
            "Transaction Date,Posting Date,Saldo",
            "2026-02-02,2026-02-01,5",
            "Posting Date",
            "Saldo",
            1,
        ),
        ("Date,Available Balance,Balance", "2026-02-01,7,5", "Date", "Balance", 0),
        ("Date,Ledger Balance,Balance", "2026-02-01,7,5", "Date", "Balance", 1),
        ("Date,Available Balance,Balance", "2026-02-01,5,5", "Date", "Balance", 0),
        ("Date,Opening Balance,Closing Balance", "2026-02-01,7,5", "Date", "Closing Balance", 0),
        ("Datum,Lopende saldo", "2026-02-01,5", "Datum", "Lopende saldo", 0),
        ("Date,Balance (USD)", "2026-02-01,5", "Date", "Balance (USD)", 1),
        ("Due date,Date,Balance", ",2026-02-01,5", "Date", "Balance", 0),
    ],
)
def test_columns_are_found_by_name_and_the_choice_is_told(
    header: str, row: str, date_column: str, balance_column: str, doubts: int
) -> None:
    found = reading(f"{header}\n{row}\n")
    assert (found.date_column, found.balance_column) == (date_column, balance_column)
    assert found.balances == [(date(2026, 2, 1), 500, None)]
    assert len(found.doubts) == doubts
    assert all("“" in doubt or "USD" in doubt for doubt in found.doubts)


@pytest.mark.parametrize("name", ["Value Date", "value  date", "1"])
def test_column_is_chosen_by_name_or_number(name: str) -> None:
    text = "Value Date,Date,Balance,Balance\n2026-02-02,2026-02-01,5,6\n"
    found = reading(text, date_column=name, balance_column="4")
    assert found.date_column == "Value Date"
    assert found.balances == [(date(2026, 2, 2), 600, None)]
    assert found.doubts == []


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"date_column": "Nope"}, "date_column"),
        ({"date_column": "Text"}, "date_column"),
        ({"balance_column": "0"}, "balance_column"),
        ({"balance_column": "5"}, "balance_column"),
        ({"balance_column": "9" * 5000}, "balance_column"),
        ({"balance_column": "²"}, "balance_column"),
        ({"balance_column": "Balance"}, "balance_column"),  # there are two
        ({"balance_column": "Date"}, "balance_column"),
        ({"date_order": "ydm"}, "date_order"),
        ({"decimal": ";"}, "decimal"),
        ({"each": "week"}, "each"),
    ],
)
def test_choice_that_cannot_be_followed_is_refused(choices: dict[str, str], field: str) -> None:
    text = "Date,Text,Balance,Balance\n2026-02-02,a,5,6\n"
    assert refused(text, **choices) == [(field, None)]


OURS = "date,balance,btc,btc_then,rate_then\n"


def test_own_export_keeps_every_row_in_its_order_with_its_rate() -> None:
    rows = "2026-02-02,1.00,0.1,,1000000.00\n2026-02-01,2.00,,,\n2026-02-01,3.00,,,5.12345678\n"
    found = reading(OURS + rows, each="day")
    assert found.each == "row"
    assert found.doubts == []
    assert found.balances == [
        (date(2026, 2, 2), 100, Decimal("1000000.00")),
        (date(2026, 2, 1), 200, None),
        (date(2026, 2, 1), 300, Decimal("5.12345678")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + OURS.replace(",", ";") + "2026/02/01;-1,5;0,00000146;;1028800,5\n",
        OURS.upper() + '2026-02-01,-1.50,,,"1028800,50"\n',
    ],
)
def test_own_export_that_a_spreadsheet_saved_again_is_read(text: str) -> None:
    ((_, cents, rate),) = reading(text).balances
    assert (cents, str(rate)) == (-150, "1028800.50")


def test_own_export_of_before_is_read() -> None:
    data = (SAMPLES / "libreoffice-en-ZA.csv").read_bytes()
    assert reading(data).each == "row"
    assert shown(data) == [
        ("2024-02-29", "-50.00"),
        ("2026-01-31", "1234.56"),
        ("2026-10-31", "999999999999.99"),
    ]


@pytest.mark.parametrize("rate", ["0", "0.00", "-1", "x", "1.123456789", "1" * 13, "1e6", "NaN"])
def test_bad_rate_is_refused_with_its_line(rate: str) -> None:
    text = OURS + f"2026-02-02,1.00,,,5\n2026-02-02,1.00,,,{rate}\n"
    assert refused(text) == [("rate_then", 3)]
    assert f"“{rate}”" in reason(text)


def test_more_balances_than_a_history_holds_are_refused() -> None:
    rows = [f"{date.fromordinal(700_000 + number)},5\n" for number in range(10_001)]
    assert len(reading("Date,Balance\n" + "".join(rows[1:])).balances) == 10_000
    assert refused("Date,Balance\n" + "".join(rows)) == [("file", None)]
    assert "10001" in reason("Date,Balance\n" + "".join(rows))
    assert refused(OURS + "2026-01-01,5,,,\n" * 10_001) == [("file", None)]
    many = "Date,Balance\n" + "2026-01-01,5\n" * 10_001
    assert len(reading(many).balances) == 1
    assert refused(many, each="row") == [("file", None)]
