"""A world with posts in all states, and what comes of a trick: what went out, what verify found."""

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from world import ANN, BO, CY, EVE, GUS, World

from publisher.app import build
from publisher.desk import (
    access,
    compose,
    door,
    exceptions,
    holds,
    invites,
    measures,
    review,
    schedule,
    stops,
)
from publisher.desk.parts import approving, permissions
from publisher.errors import Problem
from publisher.networks import CannotTell, Unknown
from publisher.release.follow import THREE, count_unknown
from publisher.roles import MACHINE
from publisher.store import audit, ledger, proofs, seals, witness
from publisher.store import tables as t
from tests.tamper.tricks import SECRET, Trick


class Found(NamedTuple):
    """What a trick came to: words that went out and should not have; what verify said."""

    out: tuple[str, ...]
    said: tuple[str, ...]


def company(folder: Path, url: str | None) -> World:
    """Published, unknown, waiting, unapproved, returned, paused, cancelled, stopped, drafts."""
    world = World(folder, url)
    witness.begin(world.mark.path.parent, 0)
    world.approved("Published on two", "x", "board")
    world.settle()
    world.net.on_send = lambda _: Unknown("lost")
    world.net.on_find = lambda _: CannotTell("no answer")
    world.approved("Perhaps public", "page")
    for _ in range(4):
        world.settle()
        world.clock.forward(seconds=130)
    world.net.on_send = None
    world.approved("For tomorrow", "blog", at="2026-12-02 10:00")
    paused = world.approved("Paused", "blog", at="2026-12-01 14:00")
    gone = world.approved("Cancelled", "blog", at="2026-12-01 15:00")
    back = world.post("Returned", "board", at="2026-12-01 11:00")
    late = world.post("Late at night", "x", at="2026-12-01 22:00")
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, paused, "not now")
        schedule.cancel(tx, gone)
        compose.create(tx, door.NewPost("A draft", ("x",)))
        asked = exceptions.request(tx, late, "planned", "outage", "callers wait for it")
        stops.stop(tx, "blog", why="something is wrong")
        _hold(tx)
    with world.app.store.write(BO) as tx:
        review.send_back(tx, back, "not like this")
    with world.app.store.write(CY) as tx:
        seen = permissions.request_fingerprint(
            exceptions.grantable(tx, asked),
            approving.fingerprints(approving.seen_now(tx, _target(tx, late).every)),
        )
        exceptions.grant(tx, asked, seen)
        exceptions.revoke(tx, asked, "no longer needed")
        stops.stop(tx, "page", why="lifted again")
        stops.resume(tx, "page")
        measures.ask(tx, measures.NewMeasure("page", "7001_7002", "hide", "insults"))
    urgent = world.post("Out of hours", "board")
    with world.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, urgent, "urgent", "outage", "callers wait for it")
    with world.app.store.write(CY) as tx:
        seen = permissions.request_fingerprint(
            exceptions.grantable(tx, asked),
            approving.fingerprints(approving.seen_now(tx, _target(tx, urgent).every)),
        )
        exceptions.grant(tx, asked, seen)
    world.clock.forward(minutes=12)
    world.settle()
    with world.app.store.write(MACHINE) as tx:
        for _ in range(THREE):
            count_unknown(tx, "facebook")
        asked = t.ConfigChange(
            kind="account",
            name="x",
            old={"calendar": "office"},
            new={"calendar": "always"},
            asked_at=tx.now,
        )
        ledger.put(tx, asked, ledger.Line("ask config change", "account x"))
    world.post(SECRET, "x")
    world.approved("Due in an hour", "board", at="2026-12-01 12:00")
    while seals.seal(world.app.store, 25):
        seals.checkpoint(world.app.store, world.mark.path.parent, 0)
        world.clock.forward(seconds=1)
    seals.checkpoint(world.app.store, world.mark.path.parent, 0)
    return world


def _hold(tx):  # type: ignore[no-untyped-def]
    """What people are known by, a credential in the vault, and a policy owner's hold."""
    access.make_token(tx, access.NewToken("nightly", ["read"], 90))
    ended, _ = access.make_token(tx, access.NewToken("leaked", ["write"], 90))
    access.end(tx, "token", ended)
    access.sign_in(tx, access.NewSignIn("0" * 64, "laptop", "192.0.2.7"))
    known = t.Password(person="ann", hash="$argon2id$", set_at=tx.now)
    ledger.put(tx, known, ledger.Line("join", proofs.password_of("ann")))
    key = t.Passkey(
        id="k" * 10, person="ann", name="a key", credential="c", key="k", created_at=tx.now
    )
    ledger.put(tx, key, ledger.Line("add passkey", proofs.password_of("ann")))
    sealed = t.Credential(account="blog", field="password", record="v1|k|n|c", saved_at=tx.now)
    ledger.put(tx, sealed, ledger.Line("seal credential", "blog/password"))
    tx.actor = GUS
    invites.invite(tx, "cy")
    tx.actor = EVE
    holds.hold(tx, "account", "board", "a claim was announced")


def _target(tx, post):  # type: ignore[no-untyped-def]
    from publisher.desk.parts.find import target

    return target(tx, post)


def tried(world: World, trick: Trick | None) -> Found:
    """Do it, restart, let two hours pass; then verify, as the tables stood after the trick."""
    if trick:
        trick(world)
    before = len(world.net.public)
    world.app.store.close()
    world.app = build(
        world.config,
        now=world.clock,
        make_adapter=world._adapter,
        env={"SECRET": "canary-secret-value"},
    )
    said = _verified(world)
    world.releaser = world.new_releaser()
    try:
        for _ in range(7):
            world.settle()
            world.clock.forward(minutes=25)
    except Problem:
        pass  # it says so and does nothing, which is what is asked of it
    return Found(tuple(words for _, _, words in world.net.public[before:]), said)


def _verified(world: World) -> tuple[str, ...]:
    try:
        return audit.verify(world.app.store, world.mark.path.parent).problems
    except Problem as error:
        return (str(error),)
