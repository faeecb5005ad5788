"""How people and spreadsheets write numbers: `1 200`, `1'200`, `1.200,5`, `2.5M`, `75% (Medium)`.

One text may be two numbers: `1,200` is 1200 in London and 1.2 in Berlin. Such a text is read by
what the rest of its column says of commas and points, and refused where that says nothing.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Role = Literal["decimal", "thousands", "unclear"]
"""What a comma or a point is."""


class Marks(msgspec.Struct, frozen=True, gc=False):
    """What a comma and a point are where a number leaves it open."""

    comma: Role
    point: Role


USUAL: Final = Marks("unclear", "decimal")
"""Without anything that says more: `1.200` is 1.2, and `1,200` may be either."""

SEMICOLONS: Final = Marks("decimal", "unclear")
"""Between semicolons, with which those write who take the comma for decimals."""


class Ambiguous(Exception):
    """A text may be two numbers."""


_SPACES: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"}
)

LONGEST: Final = 400
"""No number is written with more characters, the comment behind it included."""

_WRITTEN: Final = re.compile(
    r"(?P<sign>[+-]?) ?(?P<digits>[0-9][0-9.,' ]*|[.,][0-9]+)(?P<exponent>[eE][+-]?[0-9]{1,4})?"
    r" ?(?P<scale>[kKM]?) ?(?P<percent>%?) ?(\(.*\))?",
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"[0-9]+")
_SPACED: Final = re.compile(
    r"(?P<whole>[0-9]{1,3}((?: [0-9]{3})+|(?:'[0-9]{3})+))([.,](?P<part>[0-9]+))?"
)
_UNCLEAR: Final = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[.,])[0-9]{3}")
_DECIMAL: Final = re.compile(r"[0-9]*(?P<mark>[.,])[0-9]+")
_GROUPED: Final = re.compile(
    r"[0-9]{1,3}(?P<mark>[.,])[0-9]{3}((?P=mark)[0-9]{3})+"
    r"|[0-9]{1,3}(?P<group>[.,])[0-9]{3}((?P=group)[0-9]{3})*(?!(?P=group))[.,][0-9]+"
)

_SCALES: Final = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6}


class Written(msgspec.Struct, frozen=True, gc=False):
    """A number as it was written, and if it was in percent."""

    number: float
    percent: bool


def number_of(text: str, marks: Marks) -> Written | None:
    """Read a text as a number; null where it is none.

    Raises:
        Ambiguous: it may be two numbers.
    """
    if len(text) <= LONGEST and text.isascii() and text.isdecimal():
        return Written(float(text), percent=False)
    found = _written(text)
    digits = found and _digits(found["digits"].rstrip(), marks, exact=bool(found["exponent"]))
    if not (found and digits):
        return None
    number = float(f"{found['sign']}{digits}{found['exponent'] or ''}") * _SCALES[found["scale"]]
    return Written(number + 0.0, bool(found["percent"]))


def marks_of(texts: Iterable[str], *, semicolons: bool) -> Marks:
    """Say what commas and points are in a column, by the numbers in it that leave no doubt."""
    marked = {text for text in texts if "," in text or "." in text}
    found = filter(None, map(_written, marked))
    decimals = {_decimal_mark(one["digits"].rstrip()) for one in found} - {""}
    match sorted(decimals):
        case []:
            return SEMICOLONS if semicolons else USUAL
        case ["."]:
            return Marks("thousands", "decimal")
        case [","]:
            return Marks("decimal", "thousands")
        case _:
            return Marks("unclear", "unclear")


def _written(text: str) -> re.Match[str] | None:
    if len(text) > LONGEST:
        return None
    return _WRITTEN.fullmatch(text.translate(_SPACES).strip())


def _digits(digits: str, marks: Marks, *, exact: bool) -> str:
    """Write digits as Python does; empty where they are no number."""
    if _PLAIN.fullmatch(digits):
        return digits
    if spaced := _SPACED.fullmatch(digits):
        return re.sub("[ ']", "", spaced["whole"]) + "." + (spaced["part"] or "0")
    decimal = _decimal_mark(digits)
    if unclear := _UNCLEAR.fullmatch(digits):
        mark = unclear["mark"]
        role = marks.comma if mark == "," else marks.point
        if role == "unclear" and not exact:
            raise Ambiguous
        decimal = mark if role == "decimal" or exact else _other(mark)
    if not decimal:
        return ""
    return digits.replace(_other(decimal), "").replace(decimal, ".")


def _decimal_mark(digits: str) -> str:
    """Say which mark must be the decimal one of a number; empty where it leaves that open."""
    if _UNCLEAR.fullmatch(digits):
        return ""
    if found := _DECIMAL.fullmatch(digits):
        return found["mark"]
    if found := _GROUPED.fullmatch(digits):
        return _other(found["mark"] or found["group"])
    return ""


def _other(mark: str) -> str:
    return "." if mark == "," else ","
