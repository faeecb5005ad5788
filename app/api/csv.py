"""Rankings as CSV (RFC 4180), safe to be opened in a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import Query, Response

from app.api.faults import Fault, Invalid
from app.api.flags import Flag
from app.api.patterns import DELIMITER_PATTERN
from app.sync.tools.csv import FORMULAS, MISREAD, MOST_CELLS, MOST_COLUMNS, is_guarded

MEDIA_TYPE: Final = "text/csv; charset=utf-8"

CELLS_AT_ONCE: Final = 20_000

_COLUMNS: Final = ("key", "title", "url", "labels", "status", "rank", "position", "score")
_LAST: Final = ("bucket", "reasons")

_TOO_MANY: Final = (
    f"A spreadsheet may have {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells at most, and this"
    " one has more: read it as JSON, page by page, or use fewer names of criteria."
)

Bom = Annotated[
    Flag, Query(description="Begin with a byte order mark, by which Excel knows UTF-8.")
]

Delimiter = Annotated[
    str,
    Query(
        min_length=1,
        max_length=1,
        pattern=DELIMITER_PATTERN,
        description="What parts the columns: a comma, a tab, or the `;` of Excel in German.",
    ),
]


class CsvResponse(Response):
    """An answer in CSV."""

    media_type = MEDIA_TYPE


def input_columns(inputs: Sequence[str]) -> list[str]:
    """Name the columns of all inputs in some documents; a criterion has one of its own.

    Raises:
        Invalid: with a row of headers they make more columns, or more cells, than a spreadsheet
            that is sent may have.
    """
    most = min(MOST_COLUMNS, MOST_CELLS // (len(inputs) + 1)) - len(_COLUMNS) - len(_LAST)
    names: set[str] = set()
    for document in inputs:
        names.update(_flat(msgspec.json.decode(document)))
        if len(names) > most:
            raise Invalid([Fault("path", "backlog_id", "too_many_cells", _TOO_MANY, "")])
    return sorted(names)


def written(
    items: Iterable[Any], inputs: Sequence[str], *, delimiter: str, bom: bool
) -> Iterator[bytes]:
    """Write ranked items, some rows at a time.

    What asks for a byte order mark or for semicolons is Excel, which changes `007` and `DEC-12`:
    there such texts get the apostrophe of a formula.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    decimal = "," if delimiter == ";" else "."
    safe = _unchanged if bom or delimiter == ";" else _safe
    writer.writerow([*_COLUMNS, *map(safe, inputs), *_LAST])
    mark = "\ufeff" if bom else ""
    rows = CELLS_AT_ONCE // (len(_COLUMNS) + len(inputs) + len(_LAST)) or 1
    for number, item in enumerate(items, 1):
        writer.writerow(_row(item, inputs, decimal, safe))
        if number % rows == 0:
            yield (mark + buffer.getvalue()).encode()
            mark = ""
            buffer.seek(0)
            buffer.truncate()
    yield (mark + buffer.getvalue()).encode()


def _row(
    item: Any,  # noqa: ANN401 - a RankedItem
    inputs: Sequence[str],
    decimal: str,
    safe: Callable[[object], object],
) -> list[object]:
    known = _flat(msgspec.json.decode(item.inputs))
    reasons = msgspec.json.decode(item.reasons)
    return [
        *map(safe, (item.key, item.title, item.url, _listed(msgspec.json.decode(item.labels)))),
        item.status,
        item.rank,
        item.position,
        _number(item.score, decimal),
        *(_cell(known.get(name), decimal, safe) for name in inputs),
        safe(item.bucket),
        safe(" ".join(reason["message"] for reason in reasons)),
    ]


def _flat(inputs: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in inputs.items() if name != "criteria"}
    flat |= {f"criteria.{name}": value for name, value in inputs.get("criteria", {}).items()}
    return flat


def _cell(value: object, decimal: str, safe: Callable[[object], object]) -> object:
    if isinstance(value, list):
        return safe(_listed(value))
    return _number(value, decimal) if isinstance(value, float) else safe(value)


def _safe(value: object) -> object:
    """Write a cell that no spreadsheet takes for a formula: an apostrophe makes it text.

    A text that begins so already gets one more, so that one can be taken away again.
    """
    if isinstance(value, str) and (value.startswith(FORMULAS) or is_guarded(value)):
        return f"'{value}"
    return value


def _unchanged(value: object) -> object:
    """Write a cell that no spreadsheet takes for a formula, and Excel for nothing else."""
    if isinstance(value, str) and MISREAD.fullmatch(value):
        return f"'{value}"
    return _safe(value)


def _listed(words: Sequence[str]) -> str:
    """List words with commas between; one that holds a mark of its own is put into quotes."""
    return ", ".join(
        '"' + word.replace('"', '""') + '"'
        if word.strip() != word or not {",", ";", '"'}.isdisjoint(word)
        else word
        for word in words
    )


def _number(value: float | None, decimal: str) -> object:
    """Write a number, with the decimal comma of those who part columns by semicolons.

    Excel in German would make the second of May of 2.5.
    """
    if value is None or value.is_integer():
        return value if value is None else int(value)
    return str(value).replace(".", decimal)
