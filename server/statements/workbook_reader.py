"""Write a workbook from standard input as JSON, a line for each sheet and row.

A program of its own: it takes as much memory and time as the limits below and no more, whatever
the workbook declares. Its arguments are the most rows and cells that it writes.
"""

import io
import json
import math
import signal
import sys
from contextlib import suppress
from datetime import date

from python_calamine import CalamineError, PasswordError, SheetTypeEnum, load_workbook

_MEMORY = 96 * 1024 * 1024  # bytes
_SECONDS = 1.5  # of the processor
_MAX_TEXT = 200  # characters of a cell: what a description says behind them is not needed


def main() -> None:
    """Read, write, and tell in one word what is wrong with a workbook that cannot be read."""
    limit()
    try:
        convert(sys.stdin.buffer.read(), *map(int, sys.argv[1:]))
    except PasswordError:
        write({"error": "password"})
    except (CalamineError, ValueError, OverflowError):
        write({"error": "broken"})


def limit() -> None:
    """Set the limits, where the system has such."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)  # the signal ends the process


def convert(data: bytes, max_rows: int, max_cells: int) -> None:
    """Write every worksheet: its name, then each row that is not empty."""
    with load_workbook(io.BytesIO(data)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            write({"sheet": sheet.name})
            table = workbook.get_sheet_by_name(sheet.name)
            for line, values in enumerate(table.iter_rows(), 1):
                cells = [cell(value) for value in values]
                if any(len(text) > 1 for text in cells):
                    max_rows, max_cells = max_rows - 1, max_cells - len(cells)
                    if max_rows < 0 or max_cells < 0:
                        write({"error": "long"})
                        return
                    write({"line": line, "cells": cells})


def cell(value: object) -> str:
    """Write a value with a letter before it: n for a number, d for a date, t for text."""
    if isinstance(value, date):  # with or without a time
        return "d" + value.isoformat()[:10]
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return f"n{value:.15g}"  # as many digits as a spreadsheet keeps
    return "t" + str(value)[:_MAX_TEXT]


def write(value: dict[str, object]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    main()
