"""Statements: where the table is, which of its columns and rows count, what is doubted or refused.

Most rules have their cases in `cases.toml`. The files of banks are read in
`test_statement_banks.py`, random ones in `test_statement_dialects.py`.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from readings import amounts, reading, refusal, shown

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
    told["rates"] = [str(rate or "") for _, _, rate in found.balances]
    told["sources"] = [list(source) for source in found.sources]
    told["doubt_choices"] = [choice or "" for choice in found.doubt_choices]
    told |= {name: "" for name in told if told[name] is None}
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


# Our own export

OURS = "date,balance,btc,btc_then,rate_then\n"


@pytest.mark.parametrize("rate", ["0", "0.00", "-1", "x", "1.123456789", "1" * 13, "1e6", "NaN"])
def test_bad_rate_is_refused_with_its_line(rate: str) -> None:
    error = refusal(OURS + f"2026-02-02,1.00,,,5\n2026-02-02,1.00,,,{rate}\n")
    assert (error["field"], error["line"]) == ("rate_then", 3)
    assert f"“{rate}”" in error["detail"]
