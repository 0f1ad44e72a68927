"""Reads each file of the policy folder into values, and notes everything that is wrong in it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from publisher import addresses, clock
from publisher.content import Lang
from publisher.documents import flaw_at, near, parse, placed, validated, why_unfit
from publisher.errors import BadConfig
from publisher.policy import Embargo, Rule, rules
from publisher.policy.calendar import (
    Calendar,
    Closure,
    Holidays,
    Hours,
    closure,
    dated,
    hours,
    one_day,
)
from publisher.policy.holidays import from_csv, from_library
from publisher.policy.models import (
    CalendarsFile,
    CalendarTable,
    DisclaimersFile,
    RulesFile,
    Wordings,
    WordingSet,
)
from publisher.policy.params import Table
from publisher.words import every, part

M = TypeVar("M", bound=BaseModel)
V = TypeVar("V")
Files = Mapping[str, str | bytes]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Problems:
    """Collects what is wrong, each with its file and line as a part."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.found: list[dict[str, Any]] = []

    def text(self, name: str) -> str:
        """The file as text; notes a missing file or one that is not UTF-8, and gives ""."""
        raw = self.files.get(name)
        if raw is None:
            self.found.append(flaw_at(name, 1, part("document.no_file")))
            return ""
        try:
            return raw if isinstance(raw, str) else raw.decode()
        except UnicodeDecodeError:
            self.found.append(flaw_at(name, 1, part("document.no_text")))
            return ""

    def read(self, name: str, model: type[M]) -> M | None:
        """The file as `model`, or None after noting why not."""
        before = len(self.found)
        text = self.text(name)
        if len(self.found) > before:
            return None
        try:
            return parse(text, model, name)
        except BadConfig as error:
            self.found.extend(error.flaws)
            return None

    def say(self, name: str, path: Sequence[str], said: dict[str, Any]) -> None:
        """Note a problem at a path inside a file that parsed."""
        flaw = part("document.value", where=".".join(path), said=said)
        self.found.extend(placed(self.text(name), name, [(path, flaw)]))


CALENDARS = "calendars.toml"


def calendars(problems: Problems) -> dict[str, Calendar]:
    """calendars.toml, with the CSV files that it names."""
    read = problems.read(CALENDARS, CalendarsFile)
    tables = read.calendars if read else {}
    return {name: _calendar(name, table, problems) for name, table in tables.items()}


def _calendar(name: str, table: CalendarTable, problems: Problems) -> Calendar:
    here = ("calendars", name)
    zone = table.zone
    if not clock.zone_exists(zone):
        close = near(zone, clock.zone_names(), instead=part("opening.write_zone"))
        problems.say(CALENDARS, (*here, "zone"), part("opening.no_zone", zone=zone, near=close))
        zone = "UTC"
    days, horizon = _holidays(table, here, problems)
    weekly = {
        number: _hours(getattr(table.weekly, day), (*here, "weekly", day), problems)
        for number, day in enumerate(DAYS)
    }
    special = _special(table, here, problems)
    if not table.always and not any(weekly.values()) and not any(special.values()):
        problems.say(CALENDARS, here, part("opening.never"))
    if table.always and (any(weekly.values()) or table.closures or table.holidays):
        problems.say(CALENDARS, (*here, "always"), part("opening.always"))
    return Calendar(
        name=name,
        zone=zone,
        weekly=weekly,
        holidays=days,
        closures=_closures(table, here, problems),
        special=special,
        half_days=_half_days(table, here, problems),
        always=table.always,
        horizon=horizon,
    )


def _holidays(
    table: CalendarTable, here: tuple[str, ...], problems: Problems
) -> tuple[Holidays, date]:
    code, none = table.holidays, dict[date, str]()
    if not code:
        return none, clock.ZONE_DATA_ENDS
    try:
        if code.lower().endswith(".csv"):
            days, ends = from_csv(_bytes(problems.files, code), code)
            return days, min(ends, clock.ZONE_DATA_ENDS)
        library = from_library(code, observed=table.observed)
        return library, min(library.ends, clock.ZONE_DATA_ENDS)
    except ValueError as error:
        problems.say(CALENDARS, (*here, "holidays"), why_unfit(error))
        return none, clock.ZONE_DATA_ENDS


def _bytes(files: Files, name: str) -> bytes | None:
    raw = files.get(name)
    return raw.encode() if isinstance(raw, str) else raw


def _tried(
    make: Callable[[str], V], text: str, path: tuple[str, ...], problems: Problems
) -> V | None:
    try:
        return make(text)
    except ValueError as error:
        problems.say(CALENDARS, path, why_unfit(error))
        return None


def _hours(texts: Sequence[str], path: tuple[str, ...], problems: Problems) -> Hours:
    read = [_tried(hours, text, path, problems) for text in texts]
    return tuple(sorted(span for span in read if span is not None))


def _closures(
    table: CalendarTable, here: tuple[str, ...], problems: Problems
) -> tuple[Closure, ...]:
    read = [_tried(closure, text, (*here, "closures"), problems) for text in table.closures]
    return tuple(one for one in read if one is not None)


def _special(table: CalendarTable, here: tuple[str, ...], problems: Problems) -> dict[date, Hours]:
    found = {}
    for text, texts in table.special.items():
        path = (*here, "special", text)
        day = _tried(dated, text, path, problems)
        if day is not None:
            found[day] = _hours(texts, path, problems)
    return found


def _half_days(table: CalendarTable, here: tuple[str, ...], problems: Problems) -> dict[str, Hours]:
    found = {}
    for text, texts in table.half_days.items():
        path = (*here, "half_days", text)
        if _tried(one_day, text, path, problems) is not None:
            found[text] = _hours(texts, path, problems)
    return found


NOTICES = "disclaimers.toml"
LANGS: tuple[str, ...] = get_args(Lang)
Ladders = dict[tuple[str, str, str, str], tuple[str, ...]]


Domains = dict[str, tuple[str, ...]]


def notices(problems: Problems) -> tuple[Ladders, Domains, dict[str, str]]:
    """disclaimers.toml: the wordings; by set the domains on which the company announces; the websites.

    Wordings are by (set, family, language, kind), the preferred one first.
    """
    read = problems.read(NOTICES, DisclaimersFile)
    sets = read.sets if read else {}
    found: Ladders = {}
    for name, table in sets.items():
        if table.website and not addresses.host(table.website):
            what = part("wordings.no_address", website=table.website)
            problems.say(NOTICES, ("sets", name, "website"), what)
        for family, langs in table.families.items():
            here = ("sets", name, "families", family)
            for lang, wordings in langs.items():
                if lang not in LANGS:
                    problems.say(
                        NOTICES,
                        (*here, lang),
                        part("wordings.no_lang", known=every(f'"{one}"' for one in LANGS)),
                    )
                _refuse_several_paragraphs(wordings, (*here, lang), problems)
                for kind in ("standard", "release", "urgent"):
                    found[name, family, lang, kind] = _ladder(wordings, kind, table.website)
    domains = {name: _domains(name, table, problems) for name, table in sets.items()}
    return found, domains, {name: table.website for name, table in sets.items()}


def _refuse_several_paragraphs(
    wordings: Wordings, path: tuple[str, ...], problems: Problems
) -> None:
    for name, text in wordings:
        if text and any(not line.strip() for line in text.splitlines()):
            problems.say(NOTICES, (*path, name), part("wordings.paragraphs"))


def _domains(name: str, table: WordingSet, problems: Problems) -> tuple[str, ...]:
    if not table.domains:
        return tuple(filter(None, [addresses.host(table.website)]))
    for domain in table.domains:
        if not addresses.idna(domain) or "." not in domain.strip("."):
            what = part("wordings.no_domain", domain=domain)
            problems.say(NOTICES, ("sets", name, "domains"), what)
    return tuple(sorted({addresses.idna(domain) for domain in table.domains}))


def _ladder(wordings: Wordings, kind: str, website: str) -> tuple[str, ...]:
    chosen = getattr(wordings, kind) or wordings.standard
    both = [chosen, wordings.fallback] if wordings.fallback else [chosen]
    return tuple(text.replace("{url}", website) for text in both)


RULES_FILE = "rules.toml"


def rule_tables(problems: Problems) -> tuple[dict[str, Table], tuple[Embargo, ...]]:
    """rules.toml: what it says of each rule there is, by id, and the embargoes."""
    read = problems.read(RULES_FILE, RulesFile) or RulesFile()
    known = {rule.id: rule for rule in rules.RULES}
    for name in (name for name in read.rules if name not in known):
        what = part("terms.no_rule", name=name, near=near(name, list(known)))
        problems.say(RULES_FILE, ("rules", name), what)
    params = {
        name: _params(rule, read.rules.get(name, {}), problems) for name, rule in known.items()
    }
    return params, tuple(_embargo(one, n, problems) for n, one in enumerate(read.embargoes))


def _params(rule: Rule[Any], table: dict[str, Any], problems: Problems) -> Table:
    here = ("rules", rule.id)
    text = problems.text(RULES_FILE) if table else ""
    try:
        found: Table = validated(table, rule.params, text, source=RULES_FILE, within=here)
    except BadConfig as error:
        problems.found.extend(error.flaws)
        return Table()
    if rule.firm and found.mode != "enforce":
        what = part("terms.firm")
        problems.say(RULES_FILE, (*here, "mode"), what)
    return found


def _embargo(one: Any, number: int, problems: Problems) -> Embargo:
    until = one.until
    if until.tzinfo is None:
        what = part("terms.no_offset", number=number + 1)
        problems.say(RULES_FILE, ("embargoes", "until"), what)
        until = until.replace(tzinfo=UTC)
    return Embargo(tuple(one.words), until.astimezone(UTC))
