"""The lines of a roster file as people send it: CSV of any usual encoding and delimiter, or XLSX."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from kiosk.domain.roster import Cell, cell_text
from kiosk.errors import BadInputError

Line = tuple[int, Sequence[Cell]]
"""Number of the line in the file, counted from 1, and its cells."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DELIMITERS = ",;\t"


def read_lines(source: Path) -> Iterator[Line]:
    """The lines of `source` that hold something, the header first.

    Raises BadInputError, also while being read: `roster.file_missing`, `roster.file_is_folder`,
    `roster.file_kind`, `roster.file_encoding`, `roster.file_broken`, `roster.file_unreadable`.
    """
    if source.is_dir():
        raise BadInputError("roster.file_is_folder", file=source.name)
    if not source.exists():
        raise BadInputError("roster.file_missing", file=source.name)
    reader = {".csv": _csv_lines, ".xlsx": _xlsx_lines}.get(source.suffix.lower())
    if reader is None:
        raise BadInputError("roster.file_kind", file=source.name)
    try:
        yield from (line for line in reader(source) if any(cell_text(cell).strip() for cell in line[1]))
    except OSError as error:
        raise BadInputError("roster.file_unreadable", file=source.name) from error


def _csv_lines(source: Path) -> Iterator[Line]:
    try:
        with source.open(encoding=_encoding_of(source), newline="") as text:
            yield from _records(text, source)
    except UnicodeError as error:
        raise BadInputError("roster.file_encoding", file=source.name) from error


def _records(text: TextIO, source: Path) -> Iterator[Line]:
    """Quoted cells may hold line ends, so a line is counted where its record begins."""
    header = next((line for line in text if line.strip()), "")
    if "\0" in header:  # UTF-16 without its mark
        raise BadInputError("roster.file_encoding", file=source.name)
    text.seek(0)
    records = csv.reader(text, delimiter=_delimiter_of(header), strict=True)
    while True:
        begins = records.line_num + 1
        try:
            cells = next(records, None)
        except csv.Error as error:
            raise BadInputError("roster.file_broken", file=source.name, line=begins) from error
        if cells is None:
            return
        yield begins, [cell.strip() for cell in cells]


def _encoding_of(source: Path) -> str:
    with source.open("rb") as file:
        start = file.read(4)
    return next((name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark)), "utf-8")


def _delimiter_of(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _xlsx_lines(source: Path) -> Iterator[Line]:
    """The first sheet. Formulas give the value that was saved with them."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(source, read_only=True, data_only=True)
        try:
            sheet: Any = workbook.worksheets[0]
            sheet.reset_dimensions()
            yield from enumerate(sheet.iter_rows(values_only=True), start=1)
        finally:
            workbook.close()
    except Exception as error:  # a damaged file makes openpyxl trip over anything
        raise BadInputError("roster.file_broken", file=source.name, line=1) from error
