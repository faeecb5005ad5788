"""Spreadsheets: CSV of any encoding, with any delimiter, as people and their programs save it."""

import csv
import re
from collections import Counter
from io import StringIO
from itertools import islice
from typing import Final

from msgspec import UNSET, UnsetType

from app.sync.errors import UnrecognisedPayload
from app.sync.raw import RawIssue, RawPage, clean_labels, clean_title, clean_url, no_item
from app.sync.tool import Tool
from app.sync.values import folded, listed

MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 16_384
"""Of Excel; more would take a hundred times the room of their bytes."""
MOST_CELLS: Final = 3_000_000
"""As short rows are filled up, few bytes may mean many cells."""
TOO_MANY_CELLS: Final = (
    f"A spreadsheet may have {MOST_CELLS:,} cells at most: leave out columns, or send its rows in"
    " parts."
)

DELIMITERS: Final = ",;\t|"

KEYS: Final = ("key", "issuekey", "identifier", "id", "issueid")
"""The headers of keys, without spaces and case, in the order in which they are looked for."""

TITLES: Final = ("title", "summary", "name")
URLS: Final = ("url", "link")
LABELS: Final = ("labels", "label", "tags")

FORMULAS: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""

_MONTH: Final = (
    r"jan(uary?)?|feb(ruary?)?|mar(ch)?|m(a|ä|ae)rz|mrz|mär|apr(il)?|ma[iy]|jun[ei]?|jul[iy]?"
    r"|aug(ust)?|sept?(ember)?|o[ck]t(ober)?|nov(ember)?|de[cz](ember)?"
)

MISREAD: Final = re.compile(
    r"(?!(0|[1-9]\d{0,14})$)"  # a whole number stays what it is
    r"(?=\D*\d)"
    # 007, 1.10, 2026-11-27, (5 €), 1e5, DEC-12, 3. Mai, Jan 5, 2026 10:30 PM, 9 p
    rf"([\d\s.,:/%€$£¥()+-]|(?<=\d)e(?=[\d+-])|{_MONTH}|(?<=[\d\s])[ap]m|(?<=\s)[ap])+"
    r"|true|false|wahr|falsch",
    re.IGNORECASE,
)
"""Texts that Excel takes for a number, a date or a truth, in English or in German, and changes."""

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
"""A header of two lines is one name, as a profile can say it."""

_SEPARATOR: Final = re.compile(
    r'"?sep=(?P<delimiter>\t|[^\w\s"])"?(?:\r\n|\r|\n|$)', re.IGNORECASE
)


def read(body: bytes) -> RawPage:
    """Read a spreadsheet into rows.

    Raises:
        UnrecognisedPayload: it is no text, a quote is never closed, or no column is one of keys.
    """
    delimiter, text = _delimited(_decoded(body))
    rows = _rows(text, delimiter)
    first = next((number for number, row in enumerate(rows) if any(row)), 0)
    header = [_CONTROLS.sub(" ", unguarded(cell.strip())) for cell in rows[first]] if rows else []
    names = ["".join(folded(cell).replace("_", " ").split()) for cell in header]
    key = next((names.index(name) for name in KEYS if name in names), None)
    if key is None:
        seen = ", ".join(cell[:40] for cell in header[:20] if cell) or "none"
        raise UnrecognisedPayload(
            "No column of the spreadsheet is a key: call one key, Issue key, Identifier or ID in"
            f" its first row. The columns are: {seen}."
        )
    if sum(max(len(row), len(header)) for row in rows if any(row)) > MOST_CELLS:
        raise UnrecognisedPayload(TOO_MANY_CELLS)
    columns: dict[str, list[int]] = {}
    for column, cell in enumerate(header):
        columns.setdefault(cell, []).append(column)
    common = _Columns(key, names)
    issues: list[RawIssue] = []
    skipped: list[tuple[str, str]] = []
    width = len(header)
    for number, row in enumerate(rows[first + 1 :], first + 2):
        if not any(row):
            continue
        cells = row if len(row) >= width else row + [""] * (width - len(row))
        issue = common.issue(cells, number)
        if why := no_item(issue):
            skipped.append((f"row {number}", why))
        else:
            issues.append(issue)
    return RawPage(
        source="csv",
        detected="csv",
        issues=issues,
        header=header,
        columns=columns,
        semicolons=delimiter == ";",
        skipped=skipped,
    )


class _Columns:
    """Where in a row the names are that every tool has."""

    def __init__(self, key: int, names: list[str]) -> None:
        self._key = key
        self._title = next((names.index(name) for name in TITLES if name in names), None)
        self._url = next((names.index(name) for name in URLS if name in names), None)
        self._labels = [index for index, name in enumerate(names) if name in LABELS]

    def issue(self, cells: list[str], number: int) -> RawIssue:
        key = unguarded(cells[self._key].strip())
        title, url = self._title, self._url
        return RawIssue(
            source_id=key,
            key=key,
            title=UNSET if title is None else clean_title(unguarded(cells[title])) or None,
            url=UNSET if url is None else clean_url(cells[url].strip()) if cells[url] else None,
            labels=self._labels_of(cells),
            fields=cells,
            row=number,
        )

    def _labels_of(self, cells: list[str]) -> list[str] | UnsetType:
        if not self._labels:
            return UNSET
        words = [word for index in self._labels for word in listed(unguarded(cells[index]))]
        return clean_labels(words)


def unguarded(cell: str) -> str:
    """Take away the apostrophe that keeps a text from being a formula, a number or a date."""
    return cell[1:] if is_guarded(cell) else cell


def is_guarded(cell: str) -> bool:
    """Ask if a text begins with such an apostrophe."""
    if not cell.startswith("'"):
        return False
    text = cell.lstrip("'")
    return text.startswith(FORMULAS) or bool(MISREAD.fullmatch(text))


def _decoded(body: bytes) -> str:
    """Read text in UTF-8, UTF-16 or the code page of Windows, told by its marks and its bytes."""
    head = body[:200]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif 4 * head.count(0) >= len(head) > 0:
        encodings = ["utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8-sig" and _is_damaged(body):
                row = error.object.count(b"\n", 0, error.start) + 1
                raise UnrecognisedPayload(
                    f"Row {row} of the spreadsheet is not UTF-8 as the others are: write its"
                    " letters anew, and save it as CSV UTF-8."
                ) from None
    raise UnrecognisedPayload(
        "The spreadsheet is no text in UTF-8, UTF-16 or Windows-1252: save it as CSV UTF-8."
    )


def _is_damaged(body: bytes) -> bool:
    """Ask if a text is UTF-8 but for few bytes: other code pages hold hardly a letter of it."""
    if body.startswith(b"\xef\xbb\xbf"):
        return True
    letters = Counter(one == "\ufffd" for one in body.decode(errors="replace") if one > "\x7f")
    return letters[False] > letters[True]


def _delimited(text: str) -> tuple[str, str]:
    """Say what parts the columns: what the first line says, or most of what the header holds."""
    if said := _SEPARATOR.match(text):
        return said["delimiter"], text[said.end() :]
    counts: Counter[str] = Counter()
    quoted = False
    for character in text.lstrip("\r\n"):
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif character in DELIMITERS and not quoted:
            counts[character] += 1
    # Where the header has one column, a mark in a row is a part of its text.
    return max(DELIMITERS, key=lambda one: counts[one]) if counts else "\t", text


def _rows(text: str, delimiter: str) -> list[list[str]]:
    if text.count(delimiter) > MOST_CELLS:
        raise UnrecognisedPayload(TOO_MANY_CELLS)
    rows: list[list[str]] = []
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows.extend(islice(reader, MOST_ROWS + 1))
    except csv.Error as error:
        raise UnrecognisedPayload(
            f"Row {len(rows) + 1} of the spreadsheet cannot be read: {error}. Is a quote in it"
            " not closed, or not doubled?"
        ) from None
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        raise UnrecognisedPayload(
            f"A spreadsheet may have {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns at most."
        )
    return rows


TOOL: Final = Tool(
    name="csv",
    title="Spreadsheets",
    shapes=(),
    recognise=lambda _: None,
    advice="Items that no tool knows stay here: take the ranking as CSV, from ranking.csv.",
)
