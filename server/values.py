"""The values of an entry: the day and the balance that may be recorded."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app

from server.errors import RefusedError
from server.money import parse_rand


def today() -> date:
    """Return what day it is in FLASK_TIMEZONE."""
    return datetime.now(ZoneInfo(current_app.config["TIMEZONE"])).date()


def parse_day(text: object, today: date) -> date:
    """Return the day in an ISO date, such as "2026-11-22".

    Raises ValueError, with a sentence for people, for anything else and for the future.
    """
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ValueError("A date is written as year-month-day, such as 2026-11-22.")
    if day > today:
        raise ValueError("The date lies in the future.")
    return day


def parse_values(fields: Mapping[str, object], today: date, **place: int) -> tuple[date, int]:
    """Return the day, which is today where there is no `date`, and the `balance` in cents.

    Raises RefusedError, which names each bad field and the `place` of both.
    """
    errors = []
    try:
        cents = parse_rand(fields.get("balance"))
    except ValueError as error:
        errors.append({"field": "balance", "detail": str(error)} | place)
    try:
        day = parse_day(fields["date"], today) if "date" in fields else today
    except ValueError as error:
        errors.append({"field": "date", "detail": str(error)} | place)
    if errors:
        raise RefusedError(errors)
    return day, cents
