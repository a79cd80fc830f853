"""Days: which one is today, and which may be recorded."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app


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
