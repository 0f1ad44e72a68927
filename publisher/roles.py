"""Who may do what: one table, one question."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from publisher.content import Account
from publisher.errors import NotFresh, NotPermitted
from publisher.words import either, part

Role = Literal[
    "author", "approver", "duty officer", "moderator", "policy owner", "auditor", "admin", "server"
]
# Those that config.toml gives. "server" nobody has: it is whoever holds the machine.
ROLES: tuple[Role, ...] = (
    "author",
    "approver",
    "duty officer",
    "moderator",
    "policy owner",
    "auditor",
    "admin",
)

# A role that is given for one account only, as the register keeps it: `approver on x-ja`.
ON = " on "
Part = tuple[Role, str]  # a role, and the account for which somebody has it

# By what somebody is known: the kernel's word or a proof that is fresh; or what they hold, which
# somebody else may have got hold of.
Proof = Literal["own", "token", "login"]


@dataclass(frozen=True)
class Actor:
    """Who acts: the person, their roles, and how the history keeps by what they were known.

    `login` is who the kernel says logged in, when that is somebody else: another person's name, or a
    user who is nobody in the register. `roles` they have everywhere, `on` for one account each. `scopes`:
    of an API token. `lang`: what they read, "" for the company's. `stands_for`: whose deputy they are;
    their roles are among these.
    """

    person: str
    roles: frozenset[Role]
    os_user: str
    sample: bool = False
    login: str = ""
    proof: Proof = "own"
    scopes: frozenset[str] = frozenset()
    lang: str = ""
    on: frozenset[Part] = frozenset()
    stands_for: tuple[str, ...] = ()


MACHINE = Actor("publisher", frozenset(), "daemon")  # acts by the lifecycle, and may nothing else
NOBODY = Actor("", frozenset(), "")  # who looks before anybody is known


def server(kept: str) -> Actor:
    """Whoever holds the machine: root, or the service's own user. `kept`: how the history keeps them."""
    return Actor("server", frozenset({"server"}), kept)


_ANYONE: frozenset[Role] = frozenset(ROLES)
_WRITERS: frozenset[Role] = frozenset({"author", "approver", "duty officer"})

MAY: Mapping[str, frozenset[Role]] = {
    "read": _ANYONE,
    "write": _WRITERS,
    "edit": _WRITERS,
    "submit": _WRITERS,
    "reschedule": _WRITERS,
    "confirm": _WRITERS,
    "continue": _WRITERS,
    "cancel": _WRITERS,
    "pause": _WRITERS,
    "unpause": _WRITERS,
    "approve": frozenset({"approver", "duty officer"}),
    "return": frozenset({"approver", "duty officer"}),
    "request exception": _WRITERS,
    "grant exception": frozenset({"duty officer"}),
    "review exception": frozenset({"approver", "policy owner", "auditor"}),
    "retract": frozenset({"author", "approver", "duty officer", "moderator"}),
    "measure": frozenset({"approver", "duty officer", "moderator"}),
    "resolve": frozenset({"approver", "duty officer", "moderator"}),
    "stop": _ANYONE | {"server"},
    "resume": frozenset({"duty officer"}),
    "verify accounts": frozenset({"admin", "duty officer"}),
    "connect account": frozenset({"admin"}),
    "activate policy": frozenset({"policy owner"}),
    "confirm config": frozenset({"policy owner"}),
    "confirm policy": frozenset({"policy owner", "approver", "admin"}),
    "audit": frozenset({"auditor", "admin", "policy owner"}),
    "hold records": frozenset({"auditor", "policy owner"}),
    "lift hold": frozenset({"auditor", "policy owner"}),
    "operate": frozenset({"admin"}),
    "recover owner": frozenset({"server"}),
    "hand over": frozenset({"duty officer", "admin"}),
    "name deputy": _ANYONE,
    "end deputy": _ANYONE,
    "sign in": _ANYONE,
    "make token": _ANYONE,
    "manage sign-ins": _ANYONE,
    "manage all sign-ins": frozenset({"admin"}),
    "change password": _ANYONE,
    "invite": frozenset({"admin", "server"}),
    "confirm invite": frozenset({"admin", "policy owner"}),
}

# What concerns every account there is or will be: who has a role for some accounts only may none of it.
EVERYWHERE: frozenset[str] = frozenset(
    {
        *("activate policy", "confirm config", "confirm policy", "audit"),
        *("operate", "recover owner", "manage all sign-ins", "invite", "confirm invite"),
        *("hold records", "lift hold"),
    }
)

# Whoever has one of these signs in with a second factor: what they do counts for others.
WITH_FACTOR: frozenset[Role] = frozenset(
    {"approver", "duty officer", "moderator", "policy owner", "admin"}
)

# What an API token may be used for, by what is said when it is made, whatever else its person may. A verb
# that stands in no line takes the person: nothing is approved, granted, resumed or confirmed by a token.
SCOPES: Mapping[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset(
        {
            *("write", "edit", "submit", "reschedule", "continue", "cancel", "pause", "unpause"),
            "request exception",
        }
    ),
    "takedown": frozenset({"retract", "measure"}),
    "stop": frozenset({"stop"}),
}
# What a person does by a sign-in that was stored; for every other verb they prove anew who they are.
BY_LOGIN: frozenset[str] = frozenset().union(
    *SCOPES.values(),
    {
        "end deputy",
        "hand over",
        "return",
        "review exception",
        "resolve",
        "hold records",
        "manage sign-ins",
        "manage all sign-ins",
    },
)


def said(action: str) -> dict[str, Any]:
    """The action in words, as in "may not …"."""
    return part(f"action.{action.replace(' ', '_')}")


def held(kept: Iterable[str]) -> tuple[frozenset[Role], frozenset[Part]]:
    """Roles as the register keeps them: those that are meant everywhere, and those for one account."""
    both = [one.partition(ON) for one in kept]
    everywhere = frozenset(cast(Role, role) for role, _, account in both if not account)
    return everywhere, frozenset(
        (cast(Role, role), account) for role, _, account in both if account
    )


def kept(actor: Actor) -> list[str]:
    """The inverse: the actor's roles as the register keeps them."""
    return sorted({*actor.roles, *(f"{role}{ON}{account}" for role, account in actor.on)})


def grants(kept: Iterable[str], action: str, account: str) -> bool:
    """Do roles, as the register keeps them, allow `action` on this account?"""
    everywhere, on = held(kept)
    return bool(MAY[action] & {*everywhere, *(role for role, where in on if where == account)})


def sees(actor: Actor) -> frozenset[str] | None:
    """The accounts that there are for the actor: all (None), or those for which they have any role."""
    if actor.roles or not actor.on:
        return None
    return frozenset(account for _, account in actor.on)


def may(actor: Actor, action: str, accounts: Collection[str] = ()) -> bool:
    """Do their roles allow it on each of these accounts, whatever they are known by?

    Without accounts: anywhere, where it does not concern all of them.
    """
    if MAY[action] & actor.roles:
        return True
    mine = _where(actor, action)
    return bool(mine) and action not in EVERYWHERE and mine.issuperset(accounts)


def _where(actor: Actor, action: str) -> frozenset[str]:
    return frozenset(account for role, account in actor.on if role in MAY[action])


def authorize(
    actor: Actor, action: str, accounts: Iterable[Account] = (), *, everywhere: bool = False
) -> None:
    """Raises NotPermitted unless the actor's roles allow `action` on every account, and so does that by
    which they are known. Without accounts: unless they allow it anywhere.

    `everywhere`: it concerns all accounts this time. Sample people act on sandbox accounts only.
    """
    meant = list(accounts)
    _by_role(actor, action, [one.id for one in meant], everywhere=everywhere)
    _by_proof(actor, action)
    for account in meant:
        if actor.sample and not account.sandbox:
            raise NotPermitted("roles.sample", person=actor.person, account=account.id)


def _by_role(actor: Actor, action: str, accounts: Collection[str], *, everywhere: bool) -> None:
    """The refusal names no account but the actor's own."""
    if may(actor, action, accounts) and not (everywhere and not MAY[action] & actor.roles):
        return
    mine = _where(actor, action)
    if not mine:
        roles = either(part(f"role.{role.replace(' ', '_')}") for role in sorted(MAY[action]))
        raise NotPermitted("roles.may_not", person=actor.person, action=said(action), roles=roles)
    code = "roles.not_everywhere" if everywhere or action in EVERYWHERE else "roles.not_there"
    where = sorted(mine)
    raise NotPermitted(code, person=actor.person, action=said(action), accounts=where)


def proved(actor: Actor) -> frozenset[str]:
    """The verbs for which that is enough by which they are known."""
    if actor.proof == "own":
        return frozenset(MAY)
    if actor.proof == "login":
        return BY_LOGIN
    return frozenset().union(SCOPES["read"], *(SCOPES[one] for one in actor.scopes & set(SCOPES)))


def _by_proof(actor: Actor, action: str) -> None:
    if action in proved(actor):
        return
    if actor.proof == "login":
        raise NotFresh(
            "session.fresh_proof",
            person=actor.person,
            action=said(action),
            way=part("session.on_the_server"),
        )
    raise NotPermitted("roles.not_by_token", person=actor.person, action=said(action))


def refuse_another_login(actor: Actor, action: str) -> None:
    """The second of two people is whoever logged in: raises NotPermitted for a borrowed name.

    sudo and su change the user that a command runs as; the kernel's login uid stays.
    """
    if actor.login:
        raise NotPermitted(
            "roles.another_login", login=actor.login, person=actor.person, action=said(action)
        )
