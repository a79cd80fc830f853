"""Statements: what each rule makes of a file."""

import json
from datetime import date
from pathlib import Path

import pytest

from server.money import rand
from server.statements import Choices, Reading, StatementError, read

TODAY = date(2026, 11, 25)
SAMPLES = Path(__file__).parent / "statements"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


def reading(text: str | bytes, **choices: str) -> Reading:
    return read(text.encode() if isinstance(text, str) else text, Choices(**choices), TODAY)


def shown(text: str | bytes, **choices: str) -> list[tuple[str, str]]:
    return [(day.isoformat(), rand(cents)) for day, cents, _ in reading(text, **choices).balances]


def refused(text: str | bytes, **choices: str) -> list[tuple[str, int | None]]:
    with pytest.raises(StatementError) as caught:
        reading(text, **choices)
    return [(error["field"], error.get("line")) for error in caught.value.errors]


def reason(text: str | bytes, **choices: str) -> str:
    with pytest.raises(StatementError) as caught:
        reading(text, **choices)
    return caught.value.errors[0]["detail"]


@pytest.mark.parametrize("name", [name for name, days in EXPECTED.items() if days])
def test_sample_gives_the_closing_balance_of_each_day(name: str) -> None:
    assert shown((SAMPLES / name).read_bytes()) == [tuple(day) for day in EXPECTED[name]]


@pytest.mark.parametrize(
    ("name", "doubts"),
    [
        (
            name,
            1 if name in ("capitec-personal.csv", "standard-bank-statement-of-account.csv") else 0,
        )
        for name, days in EXPECTED.items()
        if days
    ],
)
def test_sample_is_doubted_only_where_two_columns_have_dates(name: str, doubts: int) -> None:
    found = reading((SAMPLES / name).read_bytes()).doubts
    assert len(found) == doubts
    assert all("could be the date" in doubt for doubt in found)


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
        "Transaction\nDate,Balance (ZAR)\n"
        if False
        else "Date,Balance (ZAR)\n20260131,R1 234.50\n20260228,-R7.00\n",
        '"Posting\nDate","Running\nBalance"\n31/01/2026,"1,234.50"\n28/02/2026,(7.00)\n',
        "When,Left over\n31/01/2026,x\n"
        if False
        else "Date,Saldo\n31-Jan-26,1234.50\n28-Feb-26,7.00-\n",
        "date,balance\n2026-01-31 23:59:59,1234.5\n2026-02-28T00:00:00+02:00,-7\n",
        'date,balance\nSat 31 Jan 2026,1234.5\n"Saturday, February 28, 2026",-7\n',
    ],
)
def test_what_banks_and_spreadsheets_save_is_read(text: str) -> None:
    assert shown(text) == TWO
    assert reading(text).doubts == []
