"""What waits for a second person: changes of config.toml, and versions of the policy."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any, Literal

from publisher.desk.parts import pending
from publisher.desk.parts.find import authorize_everywhere
from publisher.errors import Do, NotFound
from publisher.read.view import Instant, View
from publisher.roles import authorize
from publisher.store import Tx, decoded
from publisher.store.policies import in_force
from publisher.store.provision import said_of
from publisher.store.rows import PolicyRow
from publisher.words import ENGLISH, say_part


class Change(View):
    """What config.toml asks for, of one account or person."""

    id: int
    """Its number."""
    kind: Literal["account", "person"]
    """What it is about."""
    name: str
    """Which."""
    old: dict[str, Any]
    """What stays in force meanwhile, by column."""
    new: dict[str, Any]
    """What is asked for, by column."""
    asked_at: Instant
    """When."""
    about: str
    """Whose it is, in words."""
    confirm: tuple[str, ...]
    """Who may confirm it."""
    change: str
    """What changes, in one line."""


class Proposal(View):
    """A version of the policy that waits for a second person."""

    id: int
    """The version."""
    proposed_by: str
    """Who proposed it."""
    proposed_at: Instant
    """When."""
    diff: tuple[str, ...]
    """Line by line against the version in force: a unified diff."""


def changes(tx: Tx, lang: str = ENGLISH) -> list[Change]:
    """What config.toml asks for and is neither confirmed nor withdrawn, the oldest first; for whoever has
    roles for some accounts only, what is asked for those.
    """
    authorize(tx.actor, "read")
    return [
        Change(
            id=row.id,
            kind=row.kind,
            name=row.name,
            old=row.old,
            new=row.new,
            asked_at=row.asked_at,
            about=say_part(pending.about(tx, row), lang),
            confirm=tuple(pending.owners(tx, row)),
            change=said_of(row.old, row.new),
        )
        for row in pending.seen_changes(tx)
    ]


def proposals(tx: Tx, number: int = 0) -> list[Proposal]:
    """What each proposed version (or this one) changes. Raises NotFound.

    It compares what would come into force with what is in force, never with the folder, which may
    hold something else by now.
    """
    authorize_everywhere(tx, "confirm policy")
    rows = [row for row in pending.proposals(tx) if number in (0, row.id)]
    if number and not rows:
        policies = Do("read", {"how": "policies"})
        raise NotFound("policies.not_waiting", policies, version=number)
    before = _files(in_force(tx)[0])
    return [
        Proposal(
            id=row.id,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            diff=tuple(_diff(before, _files(row))),
        )
        for row in rows
    ]


def _files(row: PolicyRow | None) -> Mapping[str, bytes]:
    return decoded(row.files) if row is not None else {}


def _diff(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        before, after = (_lines(files.get(name, b"")) for files in (old, new))
        yield from unified_diff(
            before, after, f"{name}, in force", f"{name}, proposed", n=2, lineterm=""
        )


def _lines(data: bytes) -> list[str]:
    """A list of holidays may be in CP932, as the Cabinet Office publishes it."""
    try:
        return data.decode().splitlines()
    except UnicodeDecodeError:
        return data.decode("cp932", "replace").splitlines()
