"""The kinds of the public reports in other dress: other banks' names, signs, languages, orders."""

import pytest
from readings import HEADER, reading, reason, shown
from workbooks import row, workbook

TWO_ACCOUNTS = (
    "Rekeningnommer: 1111\nDatum;Bedrag;Saldo\n2026-03-01;-10,00;90,00\n2026-03-02;-10,00;80,00\n"
    "Rekeningnommer: 2222\nDatum;Bedrag;Saldo\n2026-03-01;-1,00;900,00\n2026-03-02;-5,00;895,00\n"
)
BY_COLUMN = (
    "Date,Account Number,Amount,Balance\n2026-03-01,111,-10.00,90.00\n2026-03-01,222,-1.00,900.00\n"
    "2026-03-02,111,-10.00,80.00\n2026-03-02,222,-1.00,899.00\n"
)


@pytest.mark.parametrize(
    ("text", "balances"),
    [
        ("Datum;Af Bij;Bedrag;Saldo\n20260301;Af;1,00;9,00\n20260302;Bij;5,00;14,00\n", [9, 14]),
        (
            "Buchungstag;Soll;Haben;Kontostand\n1. März 2026;1,00;;9,00\n2. Mai 2026;;5,00;14,00\n",
            [9, 14],
        ),
        ("Datum;Bedrag;Saldo\n2 Apr 2026;1,00;9,00 Kt\n3 Apr 2026;11,00;2,00\n", [9, -2]),
        ("Date,Amount,Balance\n2 Apr 2026,1.00,9.00\n3 Apr 2026,5.00Cr,4.00\n", [-9, -4]),
        ("Datum;Saldo\n26/03/01;9,00\n26/03/15;8,00\n26/04/02;7,00\n", [9, 8, 7]),
        ("Tydperk;2026-02-28;tot;2026-03-31\nDatum;Saldo\n02 Mrt;9,00\n05 Mrt;8,00\n", [9, 8]),
        (
            "Datum;Bedrag;Saldo\n1 Mrt 2026;-1,00;\n;-1,00;8,00\n2 Mrt 2026;-1,00;\n;5,00;12,00\n",
            [8, 12],
        ),
        (HEADER + ",a,-1,\n1 Mar 2026,b,-1,8\n,c,-1,\n2 Mar 2026,d,5,12\n", [8, 12]),
        (HEADER + "2026-03-01,a,-1,9\n2026-03-01,b,-1,\n2026-03-02,c,5,13\n", [8, 13]),
        (
            HEADER + "2026-03-02,a,-1,9\n2026-03-01,c,2,12\n2026-03-01,b,-2,10\n2026-03-01,d,1,13\n"
            "2026-03-01,e,-3,10\n",
            [10, 9],
        ),
        ("Date;Time;Balance\n2026-03-01;12:10;7\n2026-03-01;08:05;8\n2026-03-02;17:30;5\n", [7, 5]),
        (
            "Datum,,Bedrag,,Saldo\n,Teks,Debiet,Krediet,\n2026-03-01,a,1,,9\n2026-03-02,b,,5,14\n",
            [9, 14],
        ),
        ("Time (UTC),Amount,Balance\n2026-03-01 22:30:00,-1,9\n2026-03-02 08:00:00,-1,8\n", [8]),
        (HEADER + "2026-03-31,Beginsaldo,,10\n2026-03-01,a,-1,9\n2026-03-31,Totaal,-1,19\n", [9]),
        (HEADER + "2026-11-24,a,-1,9\n2026-11-27,of Monday,-2,7\n2026-11-25,c,-1,6\n", [9, 6]),
        (
            "Date,Account,Amount,Balance\n2026-03-01,11,-1,9\n2026-03-02,22,-1,8\n2026-03-03,33,-2,6\n",
            [9, 8, 6],
        ),
        ('"Datum";"Saldo"\n="2026-01-30";="9,00"\n="2026-01-31";="8,00"\n', [9, 8]),
    ],
)
def test_kind_is_read_without_a_doubt(text: str, balances: list[int]) -> None:
    assert [float(balance) for _, balance in shown(text)] == balances
    assert reading(text).doubts == []


@pytest.mark.parametrize(
    ("text", "balances", "doubt"),
    [
        ("Datum,Uitstaande saldo\n2026-03-01,11\n2026-03-02,12\n", [-11, -12], "what you owe"),
        ("Date,Debit,Credit,Balance\n2026-03-01,1,,11\n2026-03-02,2,,13\n", [-11, -13], "you owe"),
        ("Datum,Beskikbare saldo\n2026-03-01,11\n", [11], "overdraft"),
        ("Geldeenheid:,EUR\nDate,Balance\n2026-03-01,11\n", [11], "EUR"),
        ("Date,Ccy,Balance\n2026-03-01,GBP,11\n", [11], "GBP"),
        (HEADER + "2026-03-02,a,2,\n2026-03-02,b,-1,9\n2026-03-01,c,-1,10\n", [10, 9], "without a"),
        (
            HEADER + "2026-03-01,a,-1,9\n2026-03-03,b,-1,8\n2026-03-02,c,-1,7\n",
            [9, 7, 8],
            "neither",
        ),
    ],
)
def test_kind_that_stays_doubtful_says_why(text: str, balances: list[int], doubt: str) -> None:
    assert [float(balance) for _, balance in shown(text)] == balances
    assert any(doubt in each for each in reading(text).doubts)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Datum,Saldo\nMrt 2026,9\nApr 2026,8\n", "day of the month is missing"),
        ("Datum,Saldo\n02 Mrt,9\n05 Mrt,8\n", "“02 Mrt” has no year"),
        ("Date,Balance\nat 09:31 on 23-05-2026,9\n", "“at 09:31 on 23-05-2026”"),
        (
            "Datum,Bedrag,Saldo\n2026-02-16,-12,50,987,50\n2026-02-17,-10,00,977,50\n",
            "decimal commas",
        ),
        ("Date,Balance\n2026-03-01,9\n2026-03-02,#REF!\n", "error value of a formula"),
        ("Date,Balance\n2026-03-01,$9.00\n", "another currency"),
        ("Date,Balance\n2027-03-01,9.00\n", "later than today"),
        ("{1:F01X}{4:\n:20:X\n:25:1\n:60F:C260301ZAR10,00\n", "MT940"),
        (
            '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053">',
            "CAMT",
        ),
        ('[{"date": "2026-03-01"}]', "JSON"),
        ("<span>2026</span>", "HTML"),
        (TWO_ACCOUNTS, "“1111”, “2222”"),
        (BY_COLUMN, "“111”, “222”"),
    ],
)
def test_kind_that_cannot_be_read_is_refused_for_its_own_reason(text: str, why: str) -> None:
    assert why in reason(text)


@pytest.mark.parametrize(("text", "name"), [(TWO_ACCOUNTS, "2222"), (BY_COLUMN, "222")])
def test_account_that_is_chosen_is_read(text: str, name: str) -> None:
    found = reading(text, account=name)
    assert len(found.balances) == 2
    assert (found.account, len(found.accounts)) == (name, 2)
    assert "names no account “3”" in reason(text, account="3")


def test_bad_lines_are_passed_over_where_that_is_chosen() -> None:
    text = "Date,Balance\n2026-03-01,9\n2026-03-02,abc\n2026-02-31,8\n2026-03-03,7\n"
    found = reading(text, bad_lines="skip")
    assert [cents for _, cents, _ in found.balances] == [900, 700]
    assert [skipped["line"] for skipped in found.skipped] == [3, 4]


def test_reading_tells_where_each_balance_stands_and_what_each_doubt_is_about() -> None:
    found = reading(HEADER + "1 Mar 2026,a,-1,R9\n1 Mar 2026,b,-1,R8\n2 Mar 2026,c,-1,R6\n")
    assert [tuple(source) for source in found.sources] == [
        (3, "1 Mar 2026", "R8"),
        (4, "2 Mar 2026", "R6"),
    ]
    assert found.day_balances == {"2026-03-01": [900, 800], "2026-03-02": [600]}
    assert (found.doubt_lines, found.doubt_choices) == ([[4]], [None])


def test_formula_without_a_value_is_refused_for_that() -> None:
    cells = '<row r="2"><c r="A2"><v>46082</v></c><c r="B2"><f>A1+1</f>{}</c></row>'
    for value, why in (("", "has not been calculated"), ("<v/>", "has not been calculated")):
        data = workbook({"S": row("Date", "Balance") + cells.format(value)})
        assert why in reason(data)
    error = cells.replace('r="B2"', 'r="B2" t="e"').format("<v>#REF!</v>")
    assert "“#REF!”" in reason(workbook({"S": row("Date", "Balance") + error}))
