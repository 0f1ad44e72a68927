"""Public holidays: any country and subdivision of the `holidays` library, or an official CSV file.

The library answers "no holiday" beyond its data instead of failing, so each source names its end.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib import metadata
from types import ModuleType

from publisher.documents import near, unfit
from publisher.words import part


@lru_cache(maxsize=1)  # asked in each pass, and read from files
def library_version() -> str:
    """The version of the installed holiday tables."""
    return metadata.version("holidays")


def _library() -> ModuleType:
    import holidays  # noqa: PLC0415  # 50 ms that `--help` need not pay

    return holidays


class FromLibrary:
    """Holidays of one country or subdivision, a year at a time."""

    def __init__(self, country: str, subdivision: str | None, *, observed: bool) -> None:
        self._asked = (country, subdivision, observed)
        self._years: dict[int, Mapping[date, str]] = {}
        self.ends = date(int(self._table(2000).end_year), 12, 31)

    def get(self, day: date, /) -> str | None:
        """The name of the public holiday on this local date."""
        table = self._years.get(day.year)
        if table is None:
            table = self._years[day.year] = dict(self._table(day.year))
        return table.get(day)

    def _table(self, year: int) -> "_Table":
        country, subdivision, observed = self._asked
        table: _Table = _library().country_holidays(
            country, subdiv=subdivision, years=year, observed=observed, expand=False
        )
        return table


class _Table(dict[date, str]):
    end_year: int


@lru_cache(maxsize=64)
def from_library(code: str, *, observed: bool) -> FromLibrary:
    """`JP`, `US-CA`, `DE-BY`. Raises what `unfit` makes, with the nearest known code."""
    country, _, subdivision = code.partition("-")
    known = _library().list_supported_countries()
    if country not in known:
        close = near(country, list(known), instead="")
        raise unfit("holidays.no_country", country=country, near=close)
    try:
        return FromLibrary(country, subdivision or None, observed=observed)
    except NotImplementedError:
        close = near(subdivision, list(known[country])) or part("holidays.whole", country=country)
        raise unfit(
            "holidays.no_subdivision", country=country, name=subdivision, near=close
        ) from None


def from_csv(raw: bytes | None, name: str) -> tuple[Mapping[date, str], date]:
    """Rows `YYYY/M/D,name` in UTF-8 or CP932, header optional (the Cabinet Office's format).

    Gives the days and the last date covered: the end of the last year in the file. Raises what
    `unfit` makes.
    """
    if raw is None:
        raise unfit("holidays.no_file", name=name)
    days: dict[date, str] = {}
    for number, row in enumerate(csv.reader(io.StringIO(_decoded(raw, name))), start=1):
        if not row or not row[0].strip():
            continue
        try:
            day = datetime.strptime(row[0].strip(), "%Y/%m/%d").date()  # noqa: DTZ007
        except ValueError:
            if number == 1 and not re.search(r"\d", "".join(row)):
                continue  # a header
            raise unfit("holidays.no_date", name=name, line=number, text=row[0]) from None
        days[day] = row[1].strip() if len(row) > 1 and row[1].strip() else "holiday"
    if not days:
        raise unfit("holidays.empty", name=name)
    return days, date(max(days).year, 12, 31)


def _decoded(raw: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unfit("holidays.no_text", name=name)
