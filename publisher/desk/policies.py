"""The policy comes into force: tightening by one person at once, loosening by two (invariant 12)."""

from collections.abc import Mapping

from sqlalchemy import select

from publisher.config import fits
from publisher.desk.parts.find import authorize_everywhere, registered
from publisher.desk.parts.pending import proposals, saying_yes
from publisher.desk.parts.selves import as_well, my
from publisher.errors import BadConfig, Conflict, Do, NotFound, NotPermitted
from publisher.policy import bundle
from publisher.policy.stricter import tightens
from publisher.roles import refuse_another_login
from publisher.store import Tx, decoded, ledger
from publisher.store import tables as t
from publisher.store.bound import POLICY, believed
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.policies import in_force, keep
from publisher.store.tables import core

_POLICY = core(t.PolicyVersion)

LIST = Do("read", {"how": "policies"})


def activate(tx: Tx, files: Mapping[str, bytes]) -> tuple[int, bool]:
    """Propose the folder's files as the policy: (version, is it in force now).

    One that only tightens comes into force at once; any other waits for a second person (`second`).
    Raises BadConfig with every problem, Conflict when nothing changed.
    """
    authorize_everywhere(tx, "activate policy")
    new = bundle.load(files)
    if flaws := fits.unknown(files, [row.id for row in registered(tx)]):
        raise BadConfig(flaws)
    old, begun = in_force(tx)
    if old is not None and old.sha256 == new.version:
        raise Conflict("policies.in_force")
    for row in proposals(tx):
        if row.sha256 == new.version:
            raise Conflict(
                "policies.proposed", saying_yes(row.id), person=row.proposed_by, version=row.id
            )
    at_once = not begun or (old is not None and tightens(bundle.load(decoded(old.files)), new))
    number = keep(tx, files, new.version, at_once=at_once)
    if not at_once:
        tell(
            tx,
            f"policy:{number}",
            "policy owner",
            "policy_proposed",
            saying_yes(number),
            person=tx.actor.person,
            version=number,
        )
    return number, at_once


def second(tx: Tx, number: int) -> None:
    """The second person's yes to a proposed policy; it comes into force."""
    authorize_everywhere(tx, "confirm policy")
    refuse_another_login(tx.actor, "confirm policy")
    row = tx.first(select(_POLICY).where(_POLICY.c.id == number))
    if row is None:
        raise NotFound("policies.no_such", LIST, version=number)
    if row.activated_at is not None:
        raise Conflict("policies.was_in_force", version=number)
    anew = Do("activate policy")
    if not believed(tx, POLICY, [row]):
        raise Conflict("policies.tampered", anew, version=number)
    if number not in {one.id for one in proposals(tx)}:
        raise Conflict("policies.overtaken", anew, version=number)
    if row.proposed_by in my(tx):
        raise NotPermitted(
            "policies.own", person=row.proposed_by, as_well=as_well(tx, [row.proposed_by])
        )
    tx.bump_epoch()
    line = Line("activate policy", row.sha256[:12], {"sha256": row.sha256})
    ledger.change(tx, (POLICY, number), line, activated_by=tx.actor.person, activated_at=tx.now)
    tx.wakes = True
