"""The versions of the policy as rows: which is in force, and how one is kept."""

from collections.abc import Mapping

from sqlalchemy import select

from publisher.errors import Conflict
from publisher.policy import bundle
from publisher.store import NoPolicy, Tx, bound, encoded, ledger
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.rows import PolicyRow
from publisher.store.tables import core

_POLICY = core(t.PolicyVersion)


def in_force(tx: Tx) -> tuple[PolicyRow | None, bool]:
    """The policy version in force, if it can be believed, and whether there ever was one."""
    by = bound.activation(tx)
    if by is None:
        return None, bool(tx.value(select(_POLICY.c.id).limit(1)))
    try:
        return bound.policy(tx, by), True
    except NoPolicy:
        return None, True


def found(tx: Tx, files: Mapping[str, bytes]) -> None:
    """The first policy of an installation comes into force with it.

    Raises BadConfig with every problem, Conflict when there has been a policy before.
    """
    if in_force(tx)[1]:
        raise Conflict("policies.founded")
    keep(tx, files, bundle.load(files).version, at_once=True)


def keep(tx: Tx, files: Mapping[str, bytes], sha256: str, *, at_once: bool) -> int:
    """A version by the actor, proposed or in force `at_once`; its number."""
    by = tx.actor.person
    version = t.PolicyVersion(
        sha256=sha256,
        files=encoded(files),
        proposed_by=by,
        proposed_at=tx.now,
        activated_by=by if at_once else "",
        activated_at=tx.now if at_once else None,
    )
    verb = "activate policy" if at_once else "propose policy"
    number = int(ledger.put(tx, version, Line(verb, sha256[:12], {"sha256": sha256})))
    if at_once:
        tx.bump_epoch()
        tx.wakes = True
    return number
