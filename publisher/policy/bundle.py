"""The policy as one value: a folder of TOML files, read, checked and hashed.

`policy activate` stores the folder verbatim; the gate loads the stored files, never the folder.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated

from publisher import clock
from publisher.content import Account
from publisher.errors import BadConfig
from publisher.policy import Embargo
from publisher.policy.calendar import Calendar
from publisher.policy.compare import FURTHER, INSIDE, NARROWER
from publisher.policy.files import (
    Domains,
    Files,
    Ladders,
    Problems,
    calendars,
    notices,
    rule_tables,
)
from publisher.policy.holidays import library_version
from publisher.policy.models import (
    ApprovalFile,
    ClausesFile,
    ClauseTable,
    ExceptionsFile,
    Pace,
    PacingFile,
    RetentionFile,
)
from publisher.policy.params import Mode, Table
from publisher.policy.stricter import EACH, EITHER, KEPT, LESS, PARTS
from publisher.words import part

RETENTION = "retention.toml"  # a policy without it forgets nothing
LONG = "long"  # the family of notices for whatever has none of its own


@dataclass(frozen=True)
class Policy:
    """Everything that the policy folder says. `version` is the sha256 over its files.

    `pacing` and `lateness_of` are by network, or by account id, which is stronger. `params`: what it
    says of each rule there is.
    """

    version: Annotated[str, EITHER]
    calendars: Annotated[Mapping[str, Calendar], NARROWER]
    lateness: Annotated[timedelta, LESS]
    lateness_of: Mapping[str, timedelta]
    pacing: Annotated[Mapping[str, timedelta], FURTHER]
    approval: Annotated[ApprovalFile, PARTS]
    exceptions: Annotated[ExceptionsFile, PARTS]
    params: Annotated[Mapping[str, Table], EACH]
    embargoes: Annotated[tuple[Embargo, ...], KEPT]
    ladders: Ladders
    domains: Annotated[Domains, INSIDE]
    retention: Annotated[RetentionFile, PARTS]
    clauses: tuple[ClauseTable, ...] = ()
    websites: Mapping[str, str] = field(default_factory=dict, compare=False)  # the wordings hold it

    @cached_property
    def modes(self) -> Mapping[str, Mode]:
        """By rule."""
        return {name: table.mode for name, table in self.params.items()}

    def ladder(self, set_name: str, family: str, lang: str, kind: str) -> tuple[str, ...]:
        """The wordings to try, the preferred one first; () when there are none.

        A family that the set does not name has the wordings of "long".
        """
        long = self.ladders.get((set_name, LONG, lang, kind), ())
        return self.ladders.get((set_name, family, lang, kind), long)

    def zone(self, calendar: str = "") -> str:
        """The zone of a calendar; without one, or for one that is gone, the zone of most of them."""
        if calendar in self.calendars:
            return self.calendars[calendar].zone
        zones = [one.zone for one in self.calendars.values()]
        return max(sorted(set(zones)), key=zones.count, default="UTC")

    def promises(self, set_name: str) -> tuple[str, ...]:
        """The wordings of the set that only a news release has: they speak of what is linked."""
        mine = {key: said for key, said in self.ladders.items() if key[0] == set_name}
        others = {w for key, said in mine.items() if key[3] != "release" for w in said}
        return tuple(sorted({said[0] for said in mine.values() if said} - others))

    def sets(self) -> tuple[str, ...]:
        """The names of the disclaimer sets."""
        return tuple(sorted({key[0] for key in self.ladders}))

    def gap(self, account: Account) -> timedelta:
        """The least time between two posts of this account."""
        return self.pacing.get(account.id, self.pacing.get(account.network, timedelta()))

    def lateness_for(self, account: Account) -> timedelta:
        """How long after `release_at` a post of this account may still go out."""
        by_network = self.lateness_of.get(account.network, self.lateness)
        return self.lateness_of.get(account.id, by_network)


def load(files: Files) -> Policy:
    """The folder's files, by name, as a Policy. Raises BadConfig with every problem at once."""
    problems = Problems(files)
    found_calendars = calendars(problems)
    found_ladders, domains, websites = notices(problems)
    approving = problems.read("approval.toml", ApprovalFile) or ApprovalFile()
    paces = problems.read("pacing.toml", PacingFile) or PacingFile()
    params, embargoes = rule_tables(problems)
    leave = problems.read("exceptions.toml", ExceptionsFile) or ExceptionsFile(categories=("-",))
    keeping = problems.read(RETENTION, RetentionFile) if RETENTION in files else RetentionFile()
    clauses = problems.read("clauses.toml", ClausesFile) if "clauses.toml" in files else None
    if problems.found:
        raise BadConfig(problems.found)
    return Policy(
        version=version(files),
        calendars=found_calendars,
        lateness=paces.lateness_minutes,
        lateness_of=_by_name(paces, "lateness_minutes"),
        pacing=_by_name(paces, "gap_minutes"),
        approval=approving,
        exceptions=leave,
        params=params,
        embargoes=embargoes,
        ladders=found_ladders,
        domains=domains,
        retention=keeping or RetentionFile(),
        websites=websites,
        clauses=tuple(clauses.clauses) if clauses else (),
    )


def version(files: Files) -> str:
    """sha256 (hex) over the files' names and bytes."""
    total = hashlib.sha256()
    for name, raw in sorted(files.items()):
        content = raw.encode() if isinstance(raw, str) else raw
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def calendar_data() -> str:
    """Which holiday and zone data is installed; when it changes, plans are made anew (H9)."""
    return f"holidays {library_version()}, zones {clock.ZONE_DATA_VERSION}"


def read_folder(path: Path) -> dict[str, bytes]:
    """The policy's files (*.toml, *.csv) by name. Raises BadConfig when there is no such folder."""
    if not path.is_dir():
        raise BadConfig([part("document.no_policy", path=str(path))])
    try:
        found = [p for p in sorted(path.iterdir()) if p.suffix.lower() in (".toml", ".csv")]
        return {p.name: p.read_bytes() for p in found if p.is_file()}
    except OSError as error:
        unread = part("document.unread", path=str(path), why=error.strerror)
        raise BadConfig([unread]) from None


def _by_name(paces: PacingFile, key: str) -> dict[str, timedelta]:
    both: dict[str, Pace] = {**paces.networks, **paces.accounts}
    found = {name: getattr(pace, key) for name, pace in both.items()}
    return {name: length for name, length in found.items() if length is not None}
